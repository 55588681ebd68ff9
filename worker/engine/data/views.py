"""Random crops and flips, as a pure function of (view_seed, epoch, row).

A view is one of 9 × 9 × 2 = 162: pad by 4 black pixels, crop at (dy, dx), flip or not. It is drawn by
hashing, not from a generator with a state: it depends on no batch, no order, no worker and no resume.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Int64
from torch import Tensor

from worker.engine.shapes import Pixels, Rows

PAD = 4
OFFSETS = 2 * PAD + 1
VIEWS = OFFSETS * OFFSETS * 2

MASK64 = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
MIX1 = 0xBF58476D1CE4E5B9
MIX2 = 0x94D049BB133111EB


def draw_views(view_seed: int, epoch: int, rows: Rows) -> Int64[Tensor, " batch"]:
    """The view of each row in this epoch: 0 … 161, uniform.

    The hash of row + a key, where the key is splitmix64 of seed and epoch.
    """
    return hashed(rows, splitmix64((splitmix64(view_seed) + epoch) & MASK64)) % VIEWS


def hashed(rows: Rows, key: int) -> Rows:
    """splitmix64 (Steele, Lea, Flood 2014) of row + key, without its last bit: 0 … 2^63 − 1.

    This relies on int64 tensors wrapping as 64-bit words do.
    """
    z = rows + _signed((key + GOLDEN) & MASK64)
    z = (z ^ _shift(z, 30)) * _signed(MIX1)
    z = (z ^ _shift(z, 27)) * _signed(MIX2)
    return _shift(z ^ _shift(z, 31), 1)  # one bit is dropped to leave the sign out of remainders


def splitmix64(value: int) -> int:
    """The same hash of one number below 2^64, in Python."""
    z = (value + GOLDEN) & MASK64
    z = ((z ^ (z >> 30)) * MIX1) & MASK64
    z = ((z ^ (z >> 27)) * MIX2) & MASK64
    return z ^ (z >> 31)


def take_views(images: Pixels, views: Int64[Tensor, " batch"], flip: bool) -> Pixels:
    """Each image as its view shows it; without `flip` only the crop is taken (81 views)."""
    batch, side = images.shape[:2]
    padded = F.pad(images, (0, 0, PAD, PAD, PAD, PAD))
    across = torch.arange(side, device=images.device)
    y = views.div(2 * OFFSETS, rounding_mode="floor")[:, None] + across
    x = (views.div(2, rounding_mode="floor") % OFFSETS)[:, None] + _columns(across, views, flip)
    image = torch.arange(batch, device=images.device)[:, None, None]
    return padded[image, y[:, :, None], x[:, None, :]]


def _columns(across: Tensor, views: Tensor, flip: bool) -> Tensor:
    """0 … side − 1 for each image, or backwards where the view is flipped."""
    if not flip:
        return across.expand(len(views), -1)
    return torch.where((views % 2 == 1)[:, None], across.flip(0), across)


def _shift(z: Tensor, bits: int) -> Tensor:
    """A logical shift to the right; torch's own copies the sign."""
    return (z >> bits) & ((1 << (64 - bits)) - 1)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >= 1 << 63 else word
