"""Odd images: those that can be read become RGB as a person sees them, the others are told by name."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.worker.packing.archives import a_png, a_set, encoded, picture, zipped
from tests.worker.packing.conftest import Packer
from worker.packing.images import FORMATS, Looks, decode, look, square, to_rgb
from worker.packing.source import DamagedFile
from worker.packing.survey import by_size


def pixels(content: bytes, side: int = 4, resize: str = "crop") -> np.ndarray:
    """What becomes of it."""
    return np.frombuffer(decode(content, side, resize)[0], np.uint8).reshape(side, side, 3)


def plain(colour: object, mode: str = "RGB", side: int = 4) -> Image.Image:
    return Image.new(mode, (side, side), colour)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "WEBP", "JPEG"])
def test_every_format_of_the_list_is_read(kind: str) -> None:
    content = encoded(plain((200, 100, 50)), kind)

    assert look(content) == Looks(4, 4, kind)
    assert abs(pixels(content).astype(int) - (200, 100, 50)).max() <= 4


@pytest.mark.parametrize("kind", ["TIFF", "PPM", "TGA", "ICO", "PCX", "JPEG2000", "PDF"])
def test_other_formats_are_not_even_tried(kind: str) -> None:
    with pytest.raises(DamagedFile, match="no image in one of the formats"):
        decode(encoded(plain((1, 2, 3), side=16), kind), 4, "crop")

    assert kind not in FORMATS


@pytest.mark.parametrize(
    ("image", "kind", "seen"),
    [
        (plain(77, "L"), "PNG", (77, 77, 77)),
        (plain(1, "1"), "PNG", (255, 255, 255)),
        (plain((9, 8, 7)).convert("P", palette=Image.Palette.ADAPTIVE), "PNG", (9, 8, 7)),
        (plain((255, 0, 0, 0), "RGBA"), "PNG", (255, 255, 255)),  # nothing on white, whatever colour it hides
        (plain((255, 0, 0, 128), "RGBA"), "PNG", (255, 127, 127)),
        (plain((0, 128), "LA"), "PNG", (127, 127, 127)),
        (plain(65535, "I;16"), "PNG", (255, 255, 255)),
        (plain(30000, "I;16"), "PNG", (117, 117, 117)),  # 30,000 / 257 = 116.7
        (plain((0, 255, 255, 0), "CMYK"), "JPEG", (254, 0, 0)),
    ],
    ids=["grey", "bits", "palette", "clear", "half clear", "grey and alpha", "white 16", "16 bits", "cmyk"],
)
def test_every_mode_becomes_rgb(image: Image.Image, kind: str, seen: tuple[int, int, int]) -> None:
    assert abs(pixels(encoded(image, kind)).astype(int) - seen).max() <= 1


def test_a_transparent_palette_shows_white() -> None:
    image = plain(0, "P")
    image.putpalette([10, 20, 30] * 256)

    assert pixels(encoded(image, "PNG", transparency=0)).tolist() == [[[255] * 3] * 4] * 4


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (3, 3)), (6, (0, 3)), (8, (3, 0))])
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int, corner: tuple[int, int]) -> None:
    image = plain((0, 0, 0))
    image.putpixel((0, 0), (255, 255, 255))
    notes = Image.Exif()
    notes[0x0112] = orientation

    bright = np.argwhere(pixels(encoded(image, "PNG", exif=notes))[..., 0] == 255)

    assert bright.tolist() == [list(corner)]


def test_damaged_notes_are_no_reason_to_lose_a_picture() -> None:
    assert pixels(encoded(plain((9, 9, 9)), "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).max() == 9


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(kind: str) -> None:
    frames = [plain((250, 250, 250)), plain((0, 0, 0))]

    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])

    assert pixels(content).min() > 245


def test_one_pixel_is_an_image() -> None:
    assert pixels(encoded(plain((1, 2, 3), side=1))).tolist() == [[[1, 2, 3]] * 4] * 4


def test_cropping_takes_the_centre_and_squashing_the_whole() -> None:
    halves = Image.new("RGB", (12, 4), (0, 0, 0))
    halves.paste((255, 255, 255), (4, 0, 8, 4))
    content = encoded(halves)

    assert pixels(content, 4, "crop").min() == 255
    assert pixels(content, 4, "squash").min() == 0


def test_larger_images_are_resized_without_aliasing() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255

    small = np.asarray(square(Image.fromarray(stripes), 8, "crop"))

    assert 120 <= small.min() <= small.max() <= 135


def test_an_image_of_the_right_size_stays_as_it_is() -> None:
    assert pixels(a_png(5), 16).tobytes() == picture(5).tobytes()


def test_a_line_of_pixels_does_not_grow() -> None:
    assert pixels(encoded(Image.new("L", (60_000, 1), 7)), 224).max() == 7


def test_bits_of_a_deep_image_are_rounded_not_cut() -> None:
    deep = Image.fromarray(np.array([[0, 128, 129, 65535]], np.uint16))

    assert np.asarray(to_rgb(deep))[0, :, 0].tolist() == [0, 0, 1, 255]


def a_bomb(side: int = 50_000) -> bytes:
    """A PNG that says it has 2.5 thousand million pixels, and has one line of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">2L5B", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(side + 1))) + chunk(b"IEND", b"")


WRONG = {
    "empty.png": (b"", "it is empty"),
    "text.jpg": (b"this is no image at all", "no image in one of the formats"),
    "cut.png": (a_png(1, (64, 64))[:-300], "it is damaged"),
    "cut.jpg": (encoded(picture(1, (64, 64)), "JPEG")[:-300], "it is damaged"),
    "inner.zip": (b"PK\3\4" + bytes(100), "no image in one of the formats"),
    "bomb.png": (a_bomb(), "more than 1,048,576 pixels"),
    "large.gif": (encoded(Image.new("P", (1025, 1024)), "GIF"), "more than 1,048,576 pixels"),
    "scan.tif": (encoded(plain((1, 2, 3)), "TIFF"), "no image in one of the formats"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_read_is_told_by_name(name: str, pack: Packer, tmp_path: Path) -> None:
    content, reason = WRONG[name]

    done = pack(zipped(tmp_path / "a.zip", a_set() | {f"cat/{name}": content}), limits={"corrupt_share": 0.2})

    assert done.status == 0
    assert len(done.load().train) == 8
    (told,) = done.report["corrupt"]["files"]
    assert told["name"] == f"cat/{name}"
    assert reason in told["reason"]


def test_the_wrong_ending_does_not_matter(pack: Packer, tmp_path: Path) -> None:
    files = {name.replace(".png", ".jpg"): content for name, content in a_set().items()}

    assert pack(zipped(tmp_path / "a.zip", files)).report["formats"] == {"PNG": 8}


def test_too_many_damaged_files_are_refused_and_told(pack: Packer, tmp_path: Path) -> None:
    bad = {f"cat/bad {number}.png": b"x" for number in range(2)}

    done = pack(zipped(tmp_path / "a.zip", a_set(images=50) | bad))

    assert (done.status, done.error["code"]) == (1, "dataset_unreadable")
    assert (
        "2 of 102 files can't be read, at most 1 may be; cat/bad 0.png: it is no image"
        in done.error["detail"]
    )
    assert [told["name"] for told in done.report["corrupt"]["files"]] == list(bad)
    assert not done.out.exists()


def test_one_damaged_file_of_a_hundred_is_passed_over(pack: Packer, tmp_path: Path) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set(images=50) | {"dog/bad.png": b"x"}))

    assert done.status == 0
    assert done.report["splits"]["train"]["per_class"] == {"cat": 50, "dog": 50}


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ([(28, 28)] * 3, 28),
        ([(64, 64)] * 3, 64),
        ([(65, 65)] * 3, 224),
        ([(28, 28), (30, 28), (32, 20)], 32),
        ([(48, 64)] * 3, 64),
        ([(4, 4)] * 3, 32),  # smaller than any network takes
        ([(32, 32)] * 9 + [(1920, 1080)], 32),
        ([(500, 375), (640, 480)], 224),
        ([], 224),
    ],
)
def test_the_size_follows_from_the_images(sizes: list[tuple[int, int]], side: int) -> None:
    assert by_size([Looks(*size, "PNG") for size in sizes])[0] == side


@pytest.mark.parametrize(("options", "side"), [((), 224), (("--image-size", "48", "--resize", "squash"), 48)])
def test_photographs_are_packed_at_the_size_asked_for(
    options: tuple[str, ...], side: int, pack: Packer, tmp_path: Path
) -> None:
    done = pack(zipped(tmp_path / "a.zip", a_set(size=(120, 80))), *options)

    assert done.load().train.images.shape == (8, side, side, 3)
    assert f"resized to {side} x {side}" in done.load().resize
    assert done.report["image_size"] == side


def test_a_picture_in_a_picture_format_of_cameras_is_read() -> None:
    content = io.BytesIO()
    plain((200, 100, 50)).save(content, "MPO", save_all=True, append_images=[plain((0, 0, 0))])

    assert abs(pixels(content.getvalue()).astype(int) - (200, 100, 50)).max() <= 4
