"""A data set of your own may be asked for by its name."""

from typing import Any

from app.cli.meant import meant
from app.client import Distillery
from core.errors import NotFound
from core.spec.datasets import BUILTIN


def use_own(service: Distillery, wanted: dict[str, Any]) -> None:
    """Put the id in the place of a name that is none of those that everybody has.

    What nobody has stays as it is: the service says what there is.
    """
    dataset = wanted.get("dataset")
    name = dataset.get("name") if isinstance(dataset, dict) else dataset
    if not isinstance(name, str) or (found := own_data(service, name)) == name:
        return
    rest = (
        {key: value for key, value in dataset.items() if key != "name"} if isinstance(dataset, dict) else {}
    )
    wanted["dataset"] = {**rest, "id": found}


def own_data(service: Distillery, text: str) -> str:
    """The id of the data set of that name; the text itself where everybody has it, or nobody."""
    if text in BUILTIN:
        return text
    try:
        return meant(text, "ds", "data set", service.datasets.list())
    except NotFound:
        return text
