"""One operation of the API: what it takes, and what it answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from app.reference.markup import code, link, prose, table
from app.reference.shapes import remark, shape


@dataclass(frozen=True)
class Operation:
    """A method of a path, and what the document says of it."""

    method: str
    path: str
    facts: dict[str, Any]

    @property
    def tag(self) -> str:
        return str(self.facts["tags"][0])

    def entry(self) -> str:
        """A line of the contents."""
        return f"<li>{link(self.facts['operationId'], escape(self.facts['summary']))} {self._address()}</li>"

    def described(self) -> str:
        name, summary = escape(self.facts["operationId"]), escape(self.facts["summary"])
        return (
            f'<section id="{name}"><h3>{summary}</h3><p class="address">{self._address()}</p>'
            f"{prose(self.facts['description'])}{self._parameters()}{self._body()}{self._answers()}</section>"
        )

    def _address(self) -> str:
        return f'<b class="{self.method}">{self.method.upper()}</b> {code(self.path)}'

    def _parameters(self) -> str:
        rows = [
            [code(p["name"]), escape(p["in"]), shape(p["schema"]), remark(p | p["schema"])]
            for p in self.facts.get("parameters", ())
        ]
        return table(("Parameter", "In", "Value", "Meaning"), rows)

    def _body(self) -> str:
        parts = []
        for media_type, content in self.facts.get("requestBody", {}).get("content", {}).items():
            parts.append(f"<p>Body: {shape(content['schema'])} as {code(media_type)}</p>")
            parts += [_example(example) for example in content.get("examples", {}).values()]
        return "".join(parts)

    def _answers(self) -> str:
        rows = [
            [code(status), prose(answer["description"]), _contents(answer), _headers(answer)]
            for status, answer in self.facts["responses"].items()
        ]
        return table(("Status", "Meaning", "Body", "Headers"), rows)


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, facts in methods.items():
            yield Operation(method, path, facts)


def _example(example: dict[str, Any]) -> str:
    shown = escape(json.dumps(example["value"], indent=2, ensure_ascii=False))
    return f"<details><summary>{escape(example['summary'])}</summary><pre>{shown}</pre></details>"


def _contents(answer: dict[str, Any]) -> str:
    return "<br>".join(
        f"{shape(content['schema'])} as {code(media_type)}"
        for media_type, content in answer.get("content", {}).items()
    )


def _headers(answer: dict[str, Any]) -> str:
    return "<br>".join(
        f'<span title="{escape(header["description"])}">{code(name)}</span>'
        for name, header in answer.get("headers", {}).items()
    )
