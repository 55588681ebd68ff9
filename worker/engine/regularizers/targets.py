"""What is asked for of each image, as probabilities."""

import torch.nn.functional as F

from worker.engine.moment import Seen
from worker.engine.shapes import Targets


def targets_of(seen: Seen, classes: int) -> Targets:
    """Those that another regularizer has made of the labels, or 1 for each label and 0 elsewhere."""
    if seen.targets is not None:
        return seen.targets
    return F.one_hot(seen.labels, classes).float()
