"""How inputs are brought to one scale: the channels of images, or the columns of a table."""

from collections.abc import Mapping
from typing import Any

from worker.engine.data import normalization
from worker.engine.data.normalization import Normalization
from worker.engine.data.tables import standardization
from worker.engine.data.tables.standardization import Standardization

Scaling = Normalization | Standardization


def told(said: Mapping[str, Any]) -> Scaling | None:
    """That which a file says of the network in it; None if it says none.

    raises KeyError, ValueError or TypeError if it is none
    """
    return standardization.told(said) or normalization.told(said)
