"""A JSON Schema in a few words."""

import json
from html import escape
from typing import Any

from app.reference.markup import code, link, prose, table

Schema = dict[str, Any]

_LIMITS = {
    "minimum": "≥ {}", "maximum": "≤ {}", "exclusiveMinimum": "> {}", "exclusiveMaximum": "< {}",
    "minLength": "length ≥ {}", "maxLength": "length ≤ {}", "maxItems": "≤ {} items",
}  # fmt: skip


def shape(schema: Schema) -> str:
    """What a value may be, with a link to what is described elsewhere."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return link(f"schema-{name}", escape(name))
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(shape(choice) for choice in choices))
    if listed := schema.get("enum"):
        return " · ".join(code(json.dumps(value)) for value in listed)
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {shape(schema['items'])}"
    return escape(schema.get("format") or schema.get("type") or "anything")


def remark(schema: Schema) -> str:
    """Meaning, limits and default of a value."""
    within = [schema, *schema.get("anyOf", ())]
    said = [
        text.format(f"{part[key]:.12g}") for part in within for key, text in _LIMITS.items() if key in part
    ]
    if "default" in schema:
        said.append(f"default {code(json.dumps(schema['default'], ensure_ascii=False))}")
    meaning = prose(schema.get("description", ""))
    return meaning + (f"<p>{'; '.join(said)}</p>" if said else "")


def described(name: str, schema: Schema) -> str:
    """A named shape with its fields."""
    fields = schema.get("properties", {})
    rows = [[code(field), shape(facts), remark(facts)] for field, facts in fields.items()]
    body = table(("Field", "Value", "Meaning"), rows) if rows else f"<p>{shape(schema)}</p>"
    return (
        f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        f"{prose(schema.get('description', ''))}{body}</section>"
    )
