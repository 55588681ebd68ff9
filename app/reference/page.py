"""The whole page: contents, operations by tag, shapes."""

from html import escape
from importlib.resources import files
from typing import Any

from app.reference.markup import code, link, prose
from app.reference.operations import operations
from app.reference.shapes import described

STYLE = files("app.reference").joinpath("style.css").read_text(encoding="utf-8")


def page(document: dict[str, Any]) -> str:
    """The reference of the API that the OpenAPI document describes."""
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{prose(info['summary'])}{_how_to(document)}"
        f"{_contents(document)}{_groups(document)}{_shapes(document)}</body></html>"
    )


def _how_to(document: dict[str, Any]) -> str:
    (scheme,) = document["components"]["securitySchemes"].values()
    return (
        f"<p>Send {code('Authorization: Bearer dk_…')} with everything under {code('/v1')}. "
        f"{escape(scheme['description'])} Every error is a {link('schema-Problem', 'Problem')}. "
        f'For programs: <a href="openapi.json">openapi.json</a>.</p>'
    )


def _by_tag(document: dict[str, Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for operation in operations(document):
        groups.setdefault(operation.tag, []).append(operation)
    return groups


def _contents(document: dict[str, Any]) -> str:
    groups = "".join(
        f"<li>{link(f'tag-{tag}', escape(tag))}<ul>{''.join(each.entry() for each in found)}</ul></li>"
        for tag, found in _by_tag(document).items()
    )
    return f"<nav><ul>{groups}<li>{link('shapes', 'shapes')}</li></ul></nav>"


def _groups(document: dict[str, Any]) -> str:
    return "".join(
        f'<h2 id="tag-{escape(tag)}">{escape(tag)}</h2>{"".join(each.described() for each in found)}'
        for tag, found in _by_tag(document).items()
    )


def _shapes(document: dict[str, Any]) -> str:
    found = document["components"]["schemas"].items()
    return f'<h2 id="shapes">shapes</h2>{"".join(described(name, schema) for name, schema in found)}'
