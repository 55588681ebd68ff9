"""worker.fetch, for which torchvision's weights are the one file of the mirror: their names hold digests."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torchvision.models import get_model_weights

from worker import fetch, pretrained


def of(folder: Path) -> Callable[[str], Any]:
    """What stands for torchvision's own list of weights."""

    def weights(architecture: str) -> Any:
        real: Any = get_model_weights(architecture).DEFAULT
        (file,) = folder.glob(f"{architecture}-*.pth")
        url = f"https://weights.invalid/models/{file.name}"
        return SimpleNamespace(DEFAULT=SimpleNamespace(url=url, meta=real.meta, name=real.name))

    return weights


if __name__ == "__main__":
    mirror = Path(os.environ["DISTILLERY_WEIGHTS_URL"].removeprefix("file://"))
    pretrained.get_model_weights = of(mirror)  # type: ignore[assignment]
    sys.exit(fetch.main())
