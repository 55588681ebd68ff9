"""Read a spec from a file: JSON, or YAML as its version 1.2 has it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidSpec

STDIN = "-"


def read_spec(source: str) -> dict[str, Any]:
    """The document in a file, or on stdin for `-`.

    InvalidSpec    it is no JSON or YAML object
    """
    shown = "stdin" if source == STDIN else source
    try:
        content = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
        document = _parse(content.decode("utf-8-sig"), Path(source).suffix)
    except UnicodeDecodeError as error:
        raise InvalidSpec(f"{shown} is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise InvalidSpec(f"{shown}, line {error.lineno}: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidSpec(f"{shown}, line {line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidSpec(f"{shown} can't be read: {error}") from error
    if not isinstance(document, dict):
        raise InvalidSpec(f'{shown} must hold an object such as {{"dataset": "digits"}}')
    return document


def _parse(text: str, suffix: str) -> Any:
    # JSON is YAML too, but for tabs and the words in which errors are told.
    if suffix == ".json" or (suffix not in (".yaml", ".yml") and text.lstrip().startswith("{")):
        return json.loads(text, object_pairs_hook=_object)
    return yaml.load(text, _Loader)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise ValueError(f"the key {key!r} is given twice")
        document[key] = value
    return document


class _Loader(yaml.SafeLoader):
    """`1e-4` is a number; `no` and `2026-01-01` are text; a key is given once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"the key {key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(str(key.value))
        return {str(key): value for key, value in super().construct_mapping(node, deep).items()}


_WORDS = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(0|[1-9][0-9]*)",
    "float": r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    "merge": r"<<",
}
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern in _WORDS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), None)
