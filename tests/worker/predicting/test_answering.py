"""The answer is what the engine computes of the same pixels."""

import json

import pytest
import torch
from PIL import Image

from core.errors import DigestMismatch, ImageUnreadable, NotFound
from core.files import FileStore
from tests.worker.packing.archives import encoded
from tests.worker.predicting.builders import a_question, taught
from worker.engine.evaluation import predict
from worker.packing import images
from worker.predicting.answering import Answering, forward
from worker.predicting.networks import Networks, read

ROLES = ("student", "teacher")


@pytest.fixture(scope="module")
def pair():
    return taught()


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path / "files")


@pytest.fixture
def digests(pair, files):
    return pair.store(files)


@pytest.fixture
def ask(files, digests):
    answering = Answering(files, lambda _what: None)

    def asked(image, top=5):
        with a_question(files, digests, image, top) as question:
            return answering.answer(question)

    return asked


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("row", [0, 7, 100])
def test_a_test_image_gives_exactly_the_logits_of_the_engine(pair, files, digests, role, row):
    ready = read(files.path(digests[role]), digests[role])
    content, _ = images.decode(pair.png(row), ready.side, ready.resize)
    pixels = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(1, 32, 32, 3)

    logits, seconds = forward(ready, pixels)

    one = pair.test.take(torch.tensor([row]))
    assert torch.equal(pixels, one.images)
    assert torch.equal(logits, predict(pair.networks[role], one, pair.material.normalization))
    assert seconds > 0


def test_the_answer_names_the_likeliest_classes_of_both(pair, ask):
    answer = ask(pair.png(3), top=3)

    whole = pair.test.take(torch.arange(8))
    for role in ROLES:
        expected = predict(pair.networks[role], whole, pair.material.normalization)[3].double().softmax(0)
        found = answer[role]["top"]
        best = expected.topk(3)
        assert [one["class_index"] for one in found] == best.indices.tolist()
        assert [one["probability"] for one in found] == pytest.approx(best.values.tolist(), rel=1e-5)
        names = [pair.material.dataset.class_names[one["class_index"]] for one in found]
        assert [one["class_name"] for one in found] == names
        assert 0 < answer[role]["forward_milliseconds"] <= answer[role]["total_milliseconds"]
    first = {answer[role]["top"][0]["class_index"] for role in ROLES}
    assert answer["agree"] == (len(first) == 1)
    assert answer["image"] == {"width": 32, "height": 32, "format": "PNG"}


def test_no_more_classes_are_named_than_there_are(pair, ask):
    answer = ask(pair.png(0), top=20)

    assert len(answer["student"]["top"]) == 10
    assert sum(one["probability"] for one in answer["student"]["top"]) == pytest.approx(1)


def turned(picture):
    """The same picture, as a camera that lay on its side wrote it down."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


def palette(picture):
    return encoded(picture.convert("L").convert("P"))


def transparent(picture):
    clear = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    clear.paste(picture, mask=Image.new("L", picture.size, 255))
    return encoded(clear)


@pytest.mark.parametrize("dressed", [turned, palette, transparent])
def test_the_same_picture_written_otherwise_is_answered_the_same(pair, ask, dressed):
    picture = Image.fromarray(pair.test.images[5].numpy())

    assert ask(dressed(picture))["student"]["top"] == ask(pair.png(5))["student"]["top"]


def test_a_cmyk_photograph_of_another_size_is_prepared_as_for_packing(pair, files, digests, ask):
    photograph = encoded(Image.new("CMYK", (90, 60), (0, 255, 255, 0)), "JPEG")

    answer = ask(photograph)

    ready = read(files.path(digests["student"]), digests["student"])
    content, _ = images.decode(photograph, 32, "crop")
    pixels = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(1, 32, 32, 3)
    expected = forward(ready, pixels)[0][0].double().softmax(0).topk(5).values.tolist()
    assert [one["probability"] for one in answer["student"]["top"]] == expected
    assert answer["image"] == {"width": 90, "height": 60, "format": "JPEG"}


@pytest.mark.parametrize("rule", ["crop", "squash"])
def test_an_image_becomes_square_by_the_rule_of_the_data_set(files, rule):
    pair = taught(resize=json.dumps(images.in_words(32, rule)))
    digests = pair.store(files)

    assert read(files.path(digests["student"]), digests["student"]).resize == rule


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (b"", "it is empty"),
        (b"II*\x00 a tiff", "no image in one of the formats"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "can't be read"),
    ],
)
def test_what_is_no_image_is_refused_with_a_reason(ask, image, why):
    with pytest.raises(ImageUnreadable, match=why):
        ask(image)


def test_a_file_that_is_gone_or_damaged_is_not_answered_from(pair, files, digests, ask):
    path = files.path(digests["teacher"])
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DigestMismatch):
        ask(pair.png(0))

    path.unlink()
    with pytest.raises(NotFound):
        ask(pair.png(0))


def test_networks_stay_in_memory_until_others_need_the_room(files, digests):
    sizes = {role: files.path(digest).stat().st_size for role, digest in digests.items()}
    plenty, one_only = Networks(files), Networks(files, most=1)
    tight = Networks(files, most_bytes=sizes["teacher"])

    first = {networks: networks.get(digests["student"]) for networks in (plenty, one_only, tight)}
    for networks in first:
        networks.get(digests["teacher"])

    assert plenty.get(digests["student"]) is first[plenty]
    assert one_only.get(digests["student"]) is not first[one_only]
    assert tight.get(digests["student"]) is not first[tight]
