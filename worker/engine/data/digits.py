"""scikit-learn's 1,797 scans of handwritten digits: real images that come with the package, offline."""

from pathlib import Path

import torch

from worker.engine.data.dataset import Dataset, all_rows

SIDE = 8
REPEAT = 4  # 8 × 8 → 32 × 32
RESIZE = (
    f"each of {SIDE} x {SIDE} pixels repeated {REPEAT} x {REPEAT} times; "
    "values v of 0 to 16 become v * 255 / 16, rounded; 3 equal channels"
)


def load(data: Path | None = None) -> Dataset:
    """The digits as 32 × 32 colour images; `data` is not needed.

    Values 0 … 16 become v · 255 / 16 rounded; each pixel is repeated 4 × 4 times, and the one channel thrice.
    """
    # Only a run on it waits for all that scikit-learn loads with it.
    from sklearn.datasets import load_digits

    source = load_digits()
    scans = torch.from_numpy(source.images).mul(255 / 16).round().to(torch.uint8)
    enlarged = scans.repeat_interleave(REPEAT, dim=1).repeat_interleave(REPEAT, dim=2)
    return Dataset(
        name="digits",
        class_names=tuple(str(digit) for digit in range(10)),
        train=all_rows(enlarged.unsqueeze(-1).expand(-1, -1, -1, 3), torch.from_numpy(source.target).long()),
        resize=RESIZE,
    )
