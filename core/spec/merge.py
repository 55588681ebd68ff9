"""JSON Merge Patch, RFC 7396: a document that says what is to be different in another one."""

from typing import Any


def merged(target: Any, patch: Any) -> Any:
    """The target with every value of the patch in its place; null takes one away. Neither is changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
