"""The OpenAPI document: what FastAPI derives, with errors as they are really sent."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app import answers, examples
from app.problems import MEDIA_TYPE

JSON = "application/json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
# FastAPI's own answer to what is invalid; ours is a problem document, and a path that is no id is a 404.
NOT_OURS = ("HTTPValidationError", "ValidationError")


def operation_id(route: APIRoute) -> str:
    """Routes are functions with a verb and a noun: submit_job. Clients that are generated call theirs so."""
    return route.name


class DescribedApi(FastAPI):
    """An application that describes itself truthfully."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _correct(super().openapi())
        return super().openapi()


def _correct(document: dict[str, Any]) -> None:
    shown = answers.shown()
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["responses"] = {
                status: _as_sent(response)
                for status, response in sorted(operation["responses"].items())
                if NOT_OURS[0] not in str(response)
            }
            _show(operation, shown)
            _name_allowed(operation, document["components"]["schemas"])
    for name in NOT_OURS:
        document["components"]["schemas"].pop(name, None)


def _show(operation: dict[str, Any], shown: answers.Shown) -> None:
    """What it takes and what it answers, as examples."""
    name = operation["operationId"]
    for content in operation["requestBody"]["content"].values() if name in examples.WITH_NULLS else ():
        content["examples"] = examples.WITH_NULLS[name]
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            if media_type == JSON and (name, int(status)) in shown:
                content["example"] = shown[name, int(status)]
            elif (name, media_type) in answers.TEXTS:
                content["example"] = answers.TEXTS[name, media_type]


def _name_allowed(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Beside what is no field or parameter of a route, those that are: as it is answered."""
    content = operation["responses"].get("422", {}).get("content", {}).get(MEDIA_TYPE, {})
    for error in content.get("example", {}).get("errors", ()):
        if error["code"] == "unknown_field" and "allowed" not in error:
            in_query = error["pointer"].startswith("?")
            error["allowed"] = _parameters(operation) if in_query else _fields(operation, schemas)


def _parameters(operation: dict[str, Any]) -> list[str]:
    return [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]


def _fields(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """Of its body; none where it has none to speak of."""
    schema = operation["requestBody"]["content"][JSON]["schema"] if "requestBody" in operation else {}
    return list(schemas[schema["$ref"].rpartition("/")[2]]["properties"]) if schema else []


def _as_sent(response: dict[str, Any]) -> dict[str, Any]:
    """Problem documents have a media type of their own."""
    content = response.get("content", {}).get(JSON, {})
    if content.get("schema") != PROBLEM:
        return response
    return {**response, "content": {MEDIA_TYPE: content}}
