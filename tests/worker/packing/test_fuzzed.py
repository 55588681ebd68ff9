"""Archives damaged at random: each is packed or refused with a reason, and nothing else happens."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.packing.archives import Raw, a_set, encoded, picture, raw_zip
from tests.worker.packing.conftest import LIMITS, Done, Packer

CODES = {"archive_refused", "dataset_unreadable"}
PHOTOGRAPH = encoded(picture(1, (40, 30)), "JPEG")
# Everything in one: two ways of storing, five formats.
SOUND = raw_zip(
    [
        *(
            Raw(name.encode(), content, deflate="dog" in name)
            for name, content in a_set("a/train/", "a/test/").items()
        ),
        Raw(b"a/train/cat/9.jpg", PHOTOGRAPH),
        *(
            Raw(f"a/train/dog/9.{kind}".encode(), encoded(picture(kind), kind), deflate=True)
            for kind in ("BMP", "GIF", "WEBP")
        ),
    ]
)
DIRECTORY = SOUND.index(b"PK\1\2")
packings = settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ODD_BYTES = st.sampled_from(
    [b"\0", b"\xff", b"PK\1\2", b"PK\3\4", b"PK\5\6", b"../", b"\xff" * 4, b"\0" * 4, b"\x7f" * 2]
)
ODD_NAMES = st.binary(max_size=12) | st.sampled_from(
    [b"..", b"cat/0.png", b"a/", b"/", b"C:\\x", b".", b"CAT/0.png"]
)
ODD_NUMBERS = (
    st.none() | st.sampled_from([0, 1, 100, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]) | st.integers(0, 2**32 - 1)
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound archive in which one to six places were overwritten, cut out, doubled or filled in."""
    content = bytearray(SOUND)
    for _ in range(draw(st.integers(1, 6))):
        # Half of the damage into the directory, which is small.
        at = draw(st.integers(0, len(content)) | st.integers(min(DIRECTORY, len(content)), len(content)))
        length = draw(st.integers(0, 8) | st.integers(0, 2000))
        new = draw(st.binary(max_size=8) | ODD_BYTES | st.just(bytes(content[at : at + length])))
        content[at : at + draw(st.sampled_from([0, len(new), length]))] = new
    return bytes(content)


LYING = st.builds(
    Raw, name=ODD_NAMES, content=st.binary(max_size=40) | st.just(PHOTOGRAPH), deflate=st.booleans(),
    flags=st.sampled_from([0, 0, 8, 0x800]), method=st.none() | st.sampled_from([0, 8, 12]),
    attributes=st.sampled_from([0, 0o100644 << 16, 0o40755 << 16, 0o120777 << 16]), size=ODD_NUMBERS,
    packed=ODD_NUMBERS, crc=ODD_NUMBERS, offset=ODD_NUMBERS, extra=st.binary(max_size=20),
)  # fmt: skip


def judge(pack: Packer, content: bytes) -> Done:
    """Pack it in a folder in which everything that is written can be seen."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.zip"
        source.write_bytes(content)

        done = Packer(pack.process, Path(folder) / "staging")(source)

        left = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))
        made = ["staging/set.safetensors"] if done.status == 0 else []
        assert left == sorted(["a.zip", "staging", "staging/report.json", *made])
        assert source.read_bytes() == content
        assert done.memory < LIMITS["memory_bytes"]
        if done.status == 0:
            assert len(done.load().train) >= 6
        else:
            assert (done.status, done.error["code"] in CODES) == (1, True), done
            assert done.error["detail"]
    return done


def test_the_archive_that_is_damaged_is_sound(pack: Packer) -> None:
    assert judge(pack, SOUND).status == 0


@packings
@given(content=damaged())
def test_a_damaged_archive_is_packed_or_refused(pack: Packer, content: bytes) -> None:
    judge(pack, content)


@packings
@given(entries=st.lists(LYING, min_size=1, max_size=4))
def test_an_archive_of_lies_is_packed_or_refused(pack: Packer, entries: list[Raw]) -> None:
    sound = [Raw(name.encode(), content) for name, content in a_set().items()]

    judge(pack, raw_zip([*sound, *entries]))


@packings
@given(content=st.binary(max_size=200))
def test_any_bytes_at_all_are_refused(pack: Packer, content: bytes) -> None:
    """And told what is wrong with the table only where they may be meant as one."""
    done = judge(pack, content)

    marked = content.startswith((b"PAR1", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    may_be_a_table = marked or any(sign in content for sign in b',;\t|"')
    assert done.status == 1
    assert done.error["code"] == "archive_refused" or may_be_a_table


@packings
@given(data=st.data(), kind=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "GIF"]))
def test_a_damaged_image_is_read_or_told_by_name(pack: Packer, data: st.DataObject, kind: str) -> None:
    content = bytearray(encoded(picture(2, (24, 24)), kind))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, 60) | st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    sound = [Raw(name.encode(), image) for name, image in a_set().items()]

    done = judge(pack, raw_zip([*sound, Raw(b"cat/9.img", bytes(content))]))

    if done.status == 1:
        assert done.report["corrupt"]["files"][0]["name"] == "cat/9.img"


@pytest.mark.parametrize("share", range(0, 100, 7))
def test_a_cut_archive_is_refused(share: int, pack: Packer) -> None:
    assert judge(pack, SOUND[: share * len(SOUND) // 100]).error["code"] == "archive_refused"
