"""From foreign bytes to an upright RGB image, by a short list of formats.

PNG, JPEG, WebP, BMP and GIF are what people have, and are each read by one well-worn decoder. Not TIFF: it is
a container of dozens of codecs, and many a memory error was found in them. Whatever else Pillow knows is not
even tried: formats that nobody uploads have been decompression bombs before.

Colour profiles are ignored, as by those who train on photographs elsewhere.
"""

import io
import threading
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling

from worker.packing.source import DamagedFile

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
WHITE = (255, 255, 255, 255)
DEEP = {"I", "I;16", "I;16B", "I;16L", "I;16N"}  # grey with 16 bits
# An image takes 4 bytes a pixel, and as much again while it is converted: of large ones one at a time.
LARGE = 1 << 22
_one_large_image = threading.Lock()


@dataclass(frozen=True)
class Looks:
    """What an image is before anything is done to it."""

    width: int
    height: int
    format: str


def confine(most_pixels: int) -> None:
    """Refuse images of more pixels, and those that are cut short. For this whole process."""
    Image.MAX_IMAGE_PIXELS = most_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def look(content: bytes) -> Looks:
    """Size and format, from the header.

    raises DamagedFile
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return Looks(*image.size, str(image.format))
    except Exception as error:  # as below
        raise DamagedFile(_reason(error, content)) from error


def decode(content: bytes, side: int, resize: str) -> tuple[bytes, Looks]:
    """The first frame as side · side · 3 bytes, upright, without transparency; and what it was.

    raises DamagedFile

    A damaged image can raise nearly anything out of a decoder: hence the wide net.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image, _room(image.size):
            looks = Looks(*image.size, str(image.format))
            image.load()
            return square(to_rgb(upright(image)), side, resize).tobytes(), looks
    except Exception as error:
        raise DamagedFile(_reason(error, content)) from error


def upright(image: Image.Image) -> Image.Image:
    """Turned as its camera says it was held."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image  # notes that can't be read are no reason to lose a picture


def to_rgb(image: Image.Image) -> Image.Image:
    """Three channels of 8 bits: 16 bits are rounded, transparency becomes white."""
    if image.mode in DEEP:
        values = np.asarray(image).astype(np.int64).clip(0, 65535)
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, WHITE), layer).convert("RGB")
    return image.convert("RGB")


def square(image: Image.Image, side: int, resize: str) -> Image.Image:
    """The image at its size in the set; one that has it already stays as it is.

    Cropped before it is resized: a line of 1 x 60,000 pixels would first grow to 224 x 13,440,000.
    """
    width, height = image.size
    if (width, height) == (side, side):
        return image
    short = min(width, height)
    left, top = (width - short) // 2, (height - short) // 2
    box = (left, top, left + short, top + short) if resize == "crop" else (0, 0, width, height)
    return image.resize((side, side), Resampling.BILINEAR, box=box)


def in_words(side: int, resize: str) -> str:
    """The rule, for whoever uses a student elsewhere."""
    part = "the central square" if resize == "crop" else "the whole image, whatever its ratio,"
    return f"{part} resized to {side} x {side} pixels (bilinear, antialiased); transparency on white"


def _room(size: tuple[int, int]) -> AbstractContextManager[object]:
    return _one_large_image if size[0] * size[1] > LARGE else nullcontext()


def _reason(error: Exception, content: bytes) -> str:
    match error:
        case _ if not content:
            return "it is empty"
        case Image.DecompressionBombError() | Image.DecompressionBombWarning():
            return f"it has more than {Image.MAX_IMAGE_PIXELS:,} pixels"
        case UnidentifiedImageError():
            return f"it is no image in one of the formats {', '.join(FORMATS)}"
        case MemoryError():
            return "decoding it takes more memory than is allowed"
        case _:
            return f"it is damaged: {str(error)[:200] or type(error).__name__}"
