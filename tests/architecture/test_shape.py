"""Files and functions stay small, and the environment is read in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 250
LONGEST_FUNCTION = 50
# One idea each, and only longer than others.
LONG_FILES = {"core/errors.py": "one tree of errors, drawn as a whole"}
LONG_FUNCTIONS = {("worker/engine/distill.py", "distill"): "the story of a run, on one page"}
READS_THE_ENVIRONMENT = "core/settings.py"


def sources(*folders: str) -> list[str]:
    """Our own Python files; migrations are generated once and then left alone."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [str(path.relative_to(ROOT)) for path in found if "versions" not in path.parts]


PROGRAM = sources("app", "core", "migrations", "worker")
TESTS = sources("tests")


def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"))


def reads_of_the_environment(module: ast.Module) -> Iterator[int]:
    """Lines that look into os.environ. To set a variable for a child is no reading."""
    written = {
        node.value
        for node in ast.walk(module)
        if (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Attribute) and node.attr == "setdefault")
    }
    for node in ast.walk(module):
        match node:
            case ast.Attribute(attr="environ" | "environb" | "getenv") if node not in written:
                yield node.lineno
            case ast.ImportFrom(module="os", names=names) if any("env" in alias.name for alias in names):
                yield node.lineno


def test_a_file_is_one_idea() -> None:
    lengths = {source: len((ROOT / source).read_text("utf-8").splitlines()) for source in PROGRAM + TESTS}

    too_long = {source for source, lines in lengths.items() if lines > LONGEST_FILE}
    assert too_long <= set(LONG_FILES)


def test_a_function_is_one_step() -> None:
    lengths = {
        (source, node.name): (node.end_lineno or 0) - node.lineno + 1
        for source in PROGRAM + TESTS
        for node in ast.walk(tree(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    too_long = {function for function, lines in lengths.items() if lines > LONGEST_FUNCTION}
    assert too_long <= set(LONG_FUNCTIONS)


def test_only_the_settings_read_the_environment() -> None:
    readers = {source for source in PROGRAM if list(reads_of_the_environment(tree(source)))}

    assert readers == {READS_THE_ENVIRONMENT}


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ("os.environ['A']", True),
        ("os.environ.get('A')", True),
        ("os.getenv('A')", True),
        ("from os import environ", True),
        ("dict(os.environ)", True),
        ("os.environ['A'] = 'b'", False),
        ("os.environ.setdefault('A', 'b')", False),
    ],
)
def test_what_counts_as_reading(line: str, reads: bool) -> None:
    assert bool(list(reads_of_the_environment(ast.parse(line)))) == reads
