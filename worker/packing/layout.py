"""Which file is of which class and split, from the names of folders alone.

    train/<class>/… test/<class>/…     two splits
    train/<class>/… val/<class>/…      `val`, `valid` or `validation` is the test split where there is no
                                       test; else it joins the training images: the engine cuts a validation
                                       split by itself, in the same way for every data set
    <class>/…                          no test split: the engine cuts one

Either may lie in any number of single folders. Folders below a class belong to it. Files beside the folders
have no class and are passed over, and so are texts and tables beside images.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import DatasetUnreadable
from worker.packing.names import DEEPEST, is_beside, is_printable, shown
from worker.packing.source import File

TRAIN, TEST = ("train", "training"), ("test", "testing")
VALIDATION = ("val", "valid", "validation")
LONGEST_NAME = 200  # characters of a class
HOW = "One folder a class, with its images in it; or folders `train` and `test` around such folders."

Labelled = tuple[File, int]


@dataclass(frozen=True)
class Layout:
    """The files of each split with their labels, sorted by class and name: the same set, the same order.

    ignored    names of files without a class
    """

    class_names: tuple[str, ...]
    train: list[Labelled]
    test: list[Labelled]
    ignored: list[str]
    in_words: str


def layout(files: Sequence[File], most_classes: int) -> Layout:
    """Find splits and classes. Classes are sorted by their names as text, as torchvision's ImageFolder does.

    raises DatasetUnreadable if there are none to tell apart
    """
    depth = _wrapping(files)
    roles = _roles(files, depth)
    below = depth if roles is None else depth + 1
    placed: dict[str, list[tuple[str, File]]] = {"train": [], "test": []}
    ignored = []
    for file in files:
        path = file.name.split("/", below + 1)
        role = "train" if roles is None else roles.get(path[depth] if len(path) > depth else "")
        if role is None or len(path) < below + 2 or is_beside(file.name):
            ignored.append(file.name)
        else:
            placed[role].append((path[below].strip(), file))
    names = _class_names(placed, most_classes)
    train, test = (_labelled(placed[role], names) for role in ("train", "test"))
    return Layout(names, train, test, sorted(ignored), _in_words(roles))


def _wrapping(files: Sequence[File]) -> int:
    """How many folders around everything do not count."""
    for depth in range(DEEPEST):
        paths = (file.name.split("/", depth + 2) for file in files)
        holds = [(path[depth], len(path) > depth + 2) for path in paths if len(path) > depth + 1]
        if len({head for head, _ in holds}) != 1 or not any(deeper for _, deeper in holds):
            return depth
    return 0


def _roles(files: Sequence[File], depth: int) -> dict[str, str] | None:
    """The split that each folder is, or None where folders are classes.

    A folder `train` that holds images and no folders is a class, of vehicles say.
    """
    heads: dict[str, bool] = {}
    for file in files:
        path = file.name.split("/", depth + 2)
        if len(path) > depth + 1:
            heads[path[depth]] = heads.get(path[depth], False) or len(path) > depth + 2
    around = {head.casefold() for head, holds in heads.items() if holds}
    if not around & {*TRAIN}:
        if around & {*TEST, *VALIDATION}:
            raise DatasetUnreadable("there are test images, but no folder `train`", hint=HOW)
        return None
    tested = bool(around & {*TEST})
    validation = "train" if tested else "test"
    known = {
        **dict.fromkeys(TRAIN, "train"),
        **dict.fromkeys(TEST, "test"),
        **dict.fromkeys(VALIDATION, validation),
    }
    return {head: known[head.casefold()] for head in heads if head.casefold() in known}


def _class_names(placed: dict[str, list[tuple[str, File]]], most: int) -> tuple[str, ...]:
    names = sorted({name for name, _ in placed["train"]})
    for name in names:
        if not 0 < len(name) <= LONGEST_NAME or not is_printable(name):
            raise DatasetUnreadable(
                f"the class {shown(name)} has a name that can't be shown",
                hint="Give its folder another name.",
            )
    if not names:
        raise DatasetUnreadable("there is no folder with training images", hint=HOW)
    if len(names) == 1:
        raise DatasetUnreadable(f"there is one class only: {shown(names[0])}", hint=HOW)
    if len(names) > most:
        raise DatasetUnreadable(f"there are more than {most:,} classes", hint="Leave some out, or join them.")
    if unknown := sorted({name for name, _ in placed["test"]} - set(names)):
        raise DatasetUnreadable(
            f"the class {shown(unknown[0])} has test images, but none to train on",
            hint="Add training images of that class, or remove its test images.",
        )
    return tuple(names)


def _labelled(placed: list[tuple[str, File]], names: tuple[str, ...]) -> list[Labelled]:
    labels = {name: label for label, name in enumerate(names)}
    found = [(file, labels[name]) for name, file in placed]
    return sorted(found, key=lambda one: (one[1], one[0].name))


def _in_words(roles: dict[str, str] | None) -> str:
    if roles is None:
        return "a folder a class; no test split"
    return "; ".join(f"{shown(head)} is {role}" for head, role in sorted(roles.items()))
