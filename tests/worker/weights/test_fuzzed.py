"""Files damaged at random: each is found sound or refused with a reason, and nothing else happens."""

import json
import struct
from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.weights.conftest import Done, Reader
from tests.worker.weights.files import TOLD, a_file, of_header, taken_apart

SOUND = a_file()
HEADER, DATA = taken_apart(SOUND)
HEADER_END = len(SOUND) - len(DATA)
NAMES = sorted(set(HEADER) - {"__metadata__"})
# The libraries take most of it; what a file adds to them is bounded by the limit of the program.
MOST_MEMORY = 2 << 30
readings = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ODD_NUMBERS = st.sampled_from([-1, 0, 1, 2**31, 2**48, 2**63, 2**64 - 1, 1e3, True, None]) | st.integers()
ODD_VALUES = ODD_NUMBERS | st.text(max_size=5) | st.lists(ODD_NUMBERS, max_size=5)


def judge(reader: Reader, content: bytes) -> Done:
    """Read it in a folder in which everything that is written can be seen."""
    done = reader(content)

    made = {"out.safetensors"} if done.report.get("converted") else set()
    assert reader.left() == {"report.json"} | made
    assert done.memory < MOST_MEMORY
    if done.status == 0:
        assert done.report["architecture"] == "mobilenet_v2"
    else:
        assert (done.status, done.error["code"]) == (1, "model_refused"), done
        assert done.error["detail"]
    json.dumps(done.report, ensure_ascii=False).encode()  # there is no text that is none elsewhere
    return done


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file in which one to four places were overwritten, cut out, doubled or filled in."""
    content = bytearray(SOUND)
    for _ in range(draw(st.integers(1, 4))):
        # Most of the damage into the header, which is small.
        at = draw(st.integers(0, 16) | st.integers(0, HEADER_END) | st.integers(0, len(content)))
        length = draw(st.integers(0, 8) | st.integers(0, 500))
        new = draw(st.binary(max_size=8) | st.just(bytes(content[at : at + length])))
        content[at : at + draw(st.sampled_from([0, len(new), length]))] = new
    return bytes(content)


@st.composite
def lying(draw: st.DrawFn) -> bytes:
    """A sound file in whose header one to three facts are others."""
    header: dict[str, Any] = json.loads(json.dumps(HEADER))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([name for name in NAMES if name in header]))
        match draw(st.sampled_from(["field", "gone", "renamed", "said", "entry"])):
            case "field":
                header[name][draw(st.sampled_from(["dtype", "shape", "data_offsets", "x"]))] = draw(
                    ODD_VALUES
                )
            case "gone":
                del header[name]
            case "renamed":
                header[draw(st.text(max_size=9))] = header.pop(name)
            case "said":
                header["__metadata__"] = TOLD | {
                    draw(st.sampled_from(sorted(TOLD))): draw(st.text(max_size=9))
                }
            case "entry":
                header["more"] = draw(ODD_VALUES)
    return of_header(header, DATA)


def test_the_file_that_is_damaged_is_sound(reader: Reader) -> None:
    assert judge(reader, SOUND).status == 0


@readings
@given(content=damaged())
def test_a_damaged_file_is_sound_or_refused(reader: Reader, content: bytes) -> None:
    judge(reader, content)


@readings
@given(content=lying())
def test_a_file_that_lies_is_refused(reader: Reader, content: bytes) -> None:
    judge(reader, content)


@readings
@given(content=st.binary(max_size=100))
def test_any_bytes_at_all_are_refused(reader: Reader, content: bytes) -> None:
    assert judge(reader, content).status == 1


@readings
@given(at=st.integers(0, len(DATA) // 4 - 1), value=st.floats(width=32, allow_subnormal=False))
def test_any_number_is_taken_or_refused(reader: Reader, at: int, value: float) -> None:
    data = bytearray(DATA)
    data[4 * at : 4 * at + 4] = struct.pack("<f", value)

    done = judge(reader, of_header(HEADER, bytes(data)))

    if done.status == 1:
        assert not torch.isfinite(torch.tensor(value)) or value < 0
