"""distillery model add, ls, show, measure, rm"""

from collections.abc import Iterator
from typing import Any

import click

from app.cli import options
from app.cli.downloading import Downloading
from app.cli.exits import Exit
from app.cli.meant import meant
from app.cli.own_data import own_data
from app.cli.screen import answer, answer_json, answer_table, columns, plain, say
from app.cli.wording import ago, size
from app.client import Distillery
from app.client.models import Model, ModelError, ModelInfo

MOST_NAMES = 10
PERHAPS_SEEN = "cut from the set: it may have been trained on some of them"


@click.group()
def model() -> None:
    """Weights of your own, to learn from or to start from: add, list, show, measure and remove them.

    \b
    distillery convert model.pt
    distillery model add model.safetensors --classes cat,dog
    distillery model measure model cifar10
    """


@model.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--name", help="For people; by default that of the file.")
@click.option("--architecture", help="Which network, where the file does not say it.")
@click.option("--width", type=float, help="Its channel multiplier, where the file does not say it.")
@click.option("--stem", type=click.Choice(["small", "imagenet"]), help="Its first layers, likewise.")
@click.option("--classes", help="Names with commas between them, in the order of the outputs.")
@click.option("--detach", "-d", is_flag=True, help="Don't wait until it is read.")
@options.output
def add(
    file: str, name: str | None, architecture: str | None, width: float | None, stem: str | None,
    classes: str | None, detach: bool, output: str,
) -> int:  # fmt: skip
    """Send a safetensors file, and wait until it is compared with its network; prints its id."""
    names = [part.strip() for part in classes.split(",")] if classes is not None else None
    with Distillery() as service, Downloading() as shown:
        added = service.models.add(
            file, name=name, architecture=architecture, width=width, stem=stem, classes=names,
            on_progress=shown.of("sending"),
        )  # fmt: skip
        if not detach:
            added.wait()
    if output == "json":
        answer_json(added.info)
    else:
        answer(added.id)
    return _told_why(added.info)


@model.command()
@options.output
def ls(output: str) -> None:
    """List models of your own, newest first; teachers that jobs trained are among them."""
    with Distillery() as service:
        found = list(service.models.list())
    if output == "json":
        answer_json(found)
        return
    if not found:
        say("no models")
        return
    table = columns("MODEL", "NAME", "STATE", "NETWORK", "CLASSES", "SIZE", "FROM", "ADDED")
    for one in found:
        classes = str(_classes(one) or "")
        table.add_row(
            one.id, plain(one.name), one.state, one.architecture or "", classes, size(one.bytes),
            one.job_id or one.source, ago(one.created_at),
        )  # fmt: skip
    answer_table(table)


@model.command()
@click.argument("model")
@options.output
def show(model: str, output: str) -> int:
    """Show a model: its network, its classes, how good it is.

    MODEL is an id, the beginning of one, or a name.
    """
    with Distillery() as service:
        found = _named(service, model)
    if output == "json":
        answer_json(found.info)
        return Exit.OK
    table = columns()
    for label, value in (*_facts(found.info), *_measured(found.info)):
        table.add_row(label, plain(value))
    answer_table(table)
    return _told_why(found.info)


@model.command()
@click.argument("model")
@click.argument("dataset")
@options.output
def measure(model: str, dataset: str, output: str) -> int:
    """Measure the accuracy of a model on a data set: one of the catalog, or the name or id of your own."""
    with Distillery() as service:
        on = own_data(service, dataset)
        found = _named(service, model).measure(on).wait()
    known = found.info.measured[on]
    if output == "json":
        answer_json(known)
    elif known["state"] == "measured":
        answer(_accuracy(known))
    if "error" in known:
        say(f"{known['error']['code']}: {known['error']['detail']}", "red")
        return Exit.FAILURE
    return Exit.OK


@model.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL…")
def rm(models: tuple[str, ...]) -> None:
    """Remove models that no unfinished job needs. A name that several have removes none."""
    with Distillery() as service:
        # All are looked up before one is removed: a typo changes nothing.
        for found in [_named(service, one, alone=True) for one in models]:
            found.delete()
            answer(found.id)


def _named(service: Distillery, text: str, *, alone: bool = False) -> Model:
    return service.models.get(meant(text, "model", "model", service.models.list(), alone=alone))


def _told_why(info: ModelInfo) -> int:
    if info.error is None:
        return Exit.OK
    say(f"{info.error.code}: {info.error.detail}", "red")
    for line in _differing(info.error):
        say(line)
    if info.error.hint:
        say(info.error.hint)
    return Exit.INVALID_SPEC


def _differing(error: ModelError) -> Iterator[str]:
    for kind in ("missing", "unexpected", "mismatched"):
        found: dict[str, Any] = getattr(error, kind) or {"count": 0, "first": []}
        for one in found["first"][:MOST_NAMES]:
            yield f"{kind}: {plain(_key(one))}"
        if (more := found["count"] - MOST_NAMES) > 0:
            yield f"{kind}: {more} more"


def _key(one: Any) -> str:
    return one if isinstance(one, str) else f"{one['key']} is {one['found']}, and must be {one['expected']}"


def _classes(info: ModelInfo) -> int | None:
    return len(info.classes) if info.classes else (info.facts or {}).get("classes")


def _facts(info: ModelInfo) -> Iterator[tuple[str, str]]:
    yield "model", info.id
    yield "name", info.name
    yield "state", info.state
    yield "from", info.job_id or info.source
    yield "file", f"{size(info.bytes)}, sha256 {info.sha256[:12]}…"
    if info.architecture:
        yield "network", f"{info.architecture}, width {info.width}, stem {info.stem}"
    if assumed := (info.facts or {}).get("assumed"):
        yield "guessed", ", ".join(assumed)
    if classes := _classes(info):
        yield "classes", f"{classes}: {', '.join((info.classes or ['without names'])[:MOST_NAMES])}"


def _measured(info: ModelInfo) -> Iterator[tuple[str, str]]:
    for dataset, known in info.measured.items():
        yield dataset, _accuracy(known) if known["state"] == "measured" else known["state"]


def _accuracy(known: dict[str, Any]) -> str:
    low, high = known["interval"]
    found = f"{known['accuracy']:.4f} ({low:.4f} to {high:.4f}) on {known['images']} images"
    return found if known.get("split") != "cut" else f"{found}, {PERHAPS_SEEN}"
