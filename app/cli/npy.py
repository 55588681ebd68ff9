"""Read numbers from an .npy file. The command is installed without numpy."""

import ast
import math
import re
import struct
from contextlib import suppress
from pathlib import Path

from core.errors import InvalidSpec

MAGIC = b"\x93NUMPY"
# The letters of `struct` for numpy's types, by kind and bytes.
LETTERS = {
    "f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "b1": "?",
}  # fmt: skip
# Decimal digits that tell any two numbers apart.
DIGITS = {"e": 5, "f": 9}
# Of a vector for each class; more than any body may hold.
MOST_BYTES = 64 * 2**20


def rows(path: Path) -> list[list[float]]:
    """The rows of a matrix, its numbers as short as they can be told apart.

    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

    InvalidSpec    it is no .npy file, or holds no matrix of finite numbers
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidSpec(f"{path} has more than {MOST_BYTES >> 20} MiB: no spec can hold it")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidSpec(f"{path} can't be read: {error.strerror}") from error
    try:
        return _matrix(content)
    except (ValueError, KeyError, TypeError, SyntaxError, MemoryError, RecursionError, struct.error) as error:
        raise InvalidSpec(f"{path} is no .npy file of a matrix of numbers: {error}") from error


def _matrix(content: bytes) -> list[list[float]]:
    if content[:6] != MAGIC or len(content) < 12:
        raise ValueError("it does not begin like one")
    start, size = (10, "<H") if content[6] == 1 else (12, "<I")
    end = start + struct.unpack(size, content[8:start])[0]
    header = ast.literal_eval(content[start:end].decode("latin-1").strip())
    classes, length = _shape(header["shape"])
    order, letter = _type(header["descr"])
    found = struct.unpack(f"{order}{classes * length}{letter}", content[end:])
    if not all(map(math.isfinite, found)):
        raise ValueError("some of them are not finite")
    told = [_shortest(number, letter) for number in found]
    if header["fortran_order"]:
        return [told[row::classes] for row in range(classes)]
    return [told[row * length : (row + 1) * length] for row in range(classes)]


def _shape(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"its shape is {shape}, wanted are a row for each class")
    return shape[0], shape[1]


def _type(description: object) -> tuple[str, str]:
    found = re.fullmatch(r"([<>|=])([fiub][1248])", str(description))
    if found is None or found[2] not in LETTERS:
        raise ValueError(f"its type is {description!r}")
    return "<" if found[1] in "|<=" else ">", LETTERS[found[2]]


def _shortest(number: float, letter: str) -> float:
    """0.1 for what is 0.10000000149 in 32 bits: a body has its limit."""
    for digits in range(1, DIGITS.get(letter, 0) + 1):
        shorter = float(f"{number:.{digits}g}")
        with suppress(OverflowError):  # of the largest there is, rounded up
            if struct.pack(letter, shorter) == struct.pack(letter, number):
                return shorter
    return number
