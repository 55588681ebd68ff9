"""--set optimization.epochs=5: change one value of a spec."""

import json
from itertools import pairwise
from typing import Any

import click


def assign(document: dict[str, Any], assignment: str) -> None:
    """Set the value at a path such as `regularizers[0].strength`; what is missing on the way is made.

    click.UsageError    the path leads through something that is neither object nor list
    """
    path, equals, text = assignment.partition("=")
    steps = path.replace("[", ".").replace("]", "").split(".")
    if not equals or not all(steps):
        raise click.UsageError(f"--set {assignment}: write it like optimization.epochs=5")
    here: Any = document
    for step, following in pairwise(steps):
        here = _enter(here, step, [] if following.isdecimal() else {}, assignment)
    _put(here, steps[-1], value_of(text), assignment)


def value_of(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _enter(here: Any, step: str, empty: Any, assignment: str) -> Any:
    inside = _get(here, step, assignment)
    if inside is None:
        _put(here, step, empty, assignment)
        return empty
    if not isinstance(inside, dict | list):
        raise click.UsageError(f"--set {assignment}: {step} is {json.dumps(inside)}, which has no parts")
    return inside


def _get(here: Any, step: str, assignment: str) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    index = _index(here, step, assignment)
    return here[index] if index < len(here) else None


def _put(here: Any, step: str, value: Any, assignment: str) -> None:
    if isinstance(here, dict):
        here[step] = value
    elif (index := _index(here, step, assignment)) == len(here):
        here.append(value)
    else:
        here[index] = value


def _index(items: list[Any], step: str, assignment: str) -> int:
    """A place in the list, or the one behind its end."""
    if not step.isdecimal() or int(step) > len(items):
        raise click.UsageError(f"--set {assignment}: {step!r} is not a place in a list of {len(items)}")
    return int(step)
