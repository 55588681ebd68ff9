"""Whether the label is among the likeliest classes."""

from dataclasses import dataclass

from worker.engine.measures.intervals import wilson
from worker.engine.shapes import Labels, Logits

TOP = 5


@dataclass(frozen=True)
class TopFive:
    """The share of the images whose label is among the 5 likeliest classes, with its 95 % interval.

    Null where there are no more than 5: it would be 1 whatever the network says.
    """

    top5_accuracy: float | None
    top5_interval: tuple[float, float] | None


def top_five(logits: Logits, labels: Labels) -> TopFive:
    if logits.shape[1] <= TOP:
        return TopFive(None, None)
    likeliest = logits.topk(TOP, dim=1).indices
    found = int((likeliest == labels.to(logits.device)[:, None]).any(dim=1).sum().item())
    return TopFive(found / len(labels), wilson(found, len(labels)))
