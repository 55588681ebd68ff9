"""distillery data add, ls, show, rm"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import click

from app.cli import options
from app.cli.downloading import Downloading
from app.cli.exits import Exit
from app.cli.meant import meant
from app.cli.screen import answer, answer_json, answer_table, columns, plain, say
from app.cli.wording import ago, size
from app.client import Dataset, DatasetInfo, Distillery

MOST_NAMES = 5
NUMBERS = ("classes", "train_images", "test_images", "image_size")


@click.group()
def data() -> None:
    """Data sets of your own: add, list, look into and remove them.

    \b
    distillery data add pets.zip
    distillery data show pets
    distillery run --set dataset=ds_01J…
    """


@data.command()
@click.argument("path", type=click.Path())
@click.option("--name", help="For people; by default that of the file.")
@click.option("--image-size", type=click.IntRange(8, 1024), help="Side of the packed images, in pixels.")
@click.option("--resize", type=click.Choice(["crop", "squash"]), default="crop", show_default=True,
              help="How images that are no squares become squares.")  # fmt: skip
@click.option("--names-encoding", metavar="NAME",
              help="How names are written in a zip that does not say it: cp866, gbk, …")  # fmt: skip
@click.option("--on-server", is_flag=True, help="PATH is a folder on the service's side; nothing is sent.")
@click.option("--detach", "-d", is_flag=True, help="Don't wait until it is packed.")
@options.output
def add(
    path: str, name: str | None, image_size: int | None, resize: Literal["crop", "squash"],
    names_encoding: str | None, on_server: bool, detach: bool, output: str,
) -> int:  # fmt: skip
    """Send a zip or a folder of images, or a table, and wait until it is packed; prints its id.

    Images lie in class folders. Folders `train/` and `test/` (or `val/`) around them are the splits; with
    class folders alone, jobs cut a test split themselves. A table is CSV or Parquet; its first row names the
    columns, and jobs name the one that they predict.
    """
    with Distillery() as service, Downloading() as shown:
        if on_server:
            added = service.datasets.add_folder(path, name=name, image_size=image_size, resize=resize)
        else:
            _must_exist(Path(path))
            added = service.datasets.add(
                path, name=name, image_size=image_size, resize=resize, names_encoding=names_encoding,
                on_progress=shown.of("sending"),
            )  # fmt: skip
        seen = {} if detach else added.wait().preview()
    if output == "json":
        answer_json(added.info)
    else:
        say(_in_short(added.info))
        for label, guessed in _guessed(seen):
            say(f"warning: names {label}: {guessed}", "yellow")
        answer(added.id)
    return _told_why(added.info)


@data.command()
@options.output
def ls(output: str) -> None:
    """List data sets of your own, newest first."""
    with Distillery() as service:
        found = list(service.datasets.list())
    if output == "json":
        answer_json(found)
        return
    if not found:
        say("no data sets; those that everybody has are in the catalog")
        return
    table = columns("DATA SET", "NAME", "STATE", "CLASSES", "TRAIN", "TEST", "SIDE", "ADDED")
    for one in found:
        facts = one.facts or {}
        numbers = (
            str(facts.get(key, "")) for key in ("classes", "train_images", "test_images", "image_size")
        )
        table.add_row(one.id, plain(one.name), one.state, *numbers, ago(one.created_at))
    answer_table(table)


@data.command()
@click.argument("dataset")
@options.output
def show(dataset: str, output: str) -> int:
    """Look into a data set: images a class, sizes, corrupt files, duplicates. DATASET is an id or a name."""
    with Distillery() as service:
        found = _named(service, dataset)
        seen = found.preview()
    if output == "json":
        answer_json({**found.info.model_dump(mode="json"), "preview": seen})
        return Exit.OK
    table = columns()
    for label, value in (*_facts(found.info), *_seen(seen)):
        table.add_row(label, plain(value))
    answer_table(table)
    return _told_why(found.info)


@data.command()
@click.argument("datasets", nargs=-1, required=True, metavar="DATASET…")
def rm(datasets: tuple[str, ...]) -> None:
    """Remove data sets that no unfinished job needs. A name that several have removes none."""
    with Distillery() as service:
        # All are looked up before one is removed: a typo changes nothing.
        for found in [_named(service, dataset, alone=True) for dataset in datasets]:
            found.delete()
            answer(found.id)


def _named(service: Distillery, text: str, *, alone: bool = False) -> Dataset:
    return service.datasets.get(meant(text, "ds", "data set", service.datasets.list(), alone=alone))


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise click.UsageError(f"there is no {path}; a folder of the service's side needs --on-server")


def _in_short(info: DatasetInfo) -> str:
    facts = info.facts
    if facts is None:
        return f"{info.name}: {info.state}"
    if "columns" in facts:
        return f"{info.name}: a table of {facts['rows']} rows and {len(facts['columns'])} columns"
    return (
        f"{info.name}: {facts['classes']} classes, {facts['train_images']} training images, "
        f"{facts['test_images'] or 'no'} test images, {facts['image_size']} px"
    )


def _told_why(info: DatasetInfo) -> int:
    if info.error is None:
        return Exit.OK
    say(f"{info.error.code}: {info.error.detail}", "red")
    if info.error.hint:
        say(info.error.hint)
    return Exit.INVALID_SPEC


def _facts(info: DatasetInfo) -> Iterator[tuple[str, str]]:
    yield "data set", info.id
    yield "name", info.name
    yield "state", info.state
    if info.sha256:
        yield "archive", f"{size(info.bytes)}, sha256 {info.sha256[:12]}…"
    if info.facts is not None:
        yield "holds", _in_short(info).partition(": ")[2]


def _seen(seen: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from map(_column, seen.get("columns") or ())
    if unusable := seen.get("unusable"):
        named = (
            f"row {one['row']}, {one['column']}: {one['reason']}" for one in unusable["cells"][:MOST_NAMES]
        )
        yield "unusable cells", "\n".join([str(unusable["count"]), *named])
    for split, found in (seen.get("splits") or {}).items():
        for class_name, images in (found or {"per_class": {}})["per_class"].items():
            yield f"{split} {class_name}", str(images)
    if seen.get("sizes", {}).get("different"):
        yield "sizes", _sizes(seen["sizes"])
    if seen.get("corrupt"):
        yield "corrupt", _listed(seen["corrupt"])
    if seen.get("ignored", {}).get("count"):
        # Without a class, which somebody may have meant them to have.
        yield "passed over", _some(seen["ignored"])
    yield from _guessed(seen)
    yield from _equal(seen.get("duplicates") or {})


def _equal(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Images that are there more than once, where that does harm."""
    if "across_splits" in found:
        yield "in both splits", str(found["across_splits"]["count"])
        for pair in found["across_splits"]["pairs"][:MOST_NAMES]:
            yield "", f"{pair['test']} = {pair['train']}"
    if found.get("across_classes", {}).get("count"):
        yield "in two classes", str(found["across_classes"]["count"])
        for pair in found["across_classes"]["pairs"][:MOST_NAMES]:
            yield "", f"{pair['file']} = {pair['as']}"


def _sizes(sizes: dict[str, Any]) -> str:
    """As the images came, before they were packed."""
    (width, height), (most_width, most_height) = sizes["smallest"], sizes["largest"]
    if sizes["different"] == 1:
        return f"{width} x {height}"
    return f"{sizes['different']} different, {width} x {height} to {most_width} x {most_height}"


def _some(files: dict[str, Any]) -> str:
    """How many files, and the first of them."""
    named = ", ".join(files.get("names", [])[:MOST_NAMES])
    return f"{files['count']}: {named}" + (", …" if files["count"] > MOST_NAMES else "")


def _guessed(seen: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names that the zip does not say how to read: who sees that they are wrong says how."""
    if (found := seen.get("names_read_as_cp437", {})).get("count"):
        yield "read as cp437", f"{_some(found)}\nIf that is wrong, add it anew with --names-encoding."


def _column(column: dict[str, Any]) -> tuple[str, str]:
    """What a column holds: words, or numbers from the least to the largest."""
    values = column["values"]
    classes = "" if values is None else f", {len(values)} values"
    if column["is_text"]:
        return column["name"], f"words{classes}"
    return column["name"], f"{column['min']:g} to {column['max']:g}{classes}"


def _listed(corrupt: dict[str, Any]) -> str:
    files = corrupt.get("files", [])[:MOST_NAMES]
    named = "".join(f"\n{file['name']}: {file['reason']}" for file in files)
    return f"{corrupt.get('count', 0)}{named}"
