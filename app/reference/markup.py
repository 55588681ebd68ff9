"""Text as HTML."""

import re
from collections.abc import Iterable, Sequence
from html import escape

_CODE = re.compile("`([^`]+)`")


def code(text: object) -> str:
    return f"<code>{escape(str(text))}</code>"


def prose(text: str) -> str:
    """A docstring: what stands in backticks is code, and a blank line parts paragraphs."""
    marked = _CODE.sub(r"<code>\1</code>", escape(text.strip()))
    return "".join(f"<p>{part}</p>" for part in marked.split("\n\n") if part)


def link(to: str, html: str) -> str:
    return f'<a href="#{escape(to)}">{html}</a>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML; nothing at all without rows."""
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>" if lines else ""
