"""No query parameter is ignored."""

import httpx2
import pytest

from core.lifecycle import Action
from tests.app.visiting import findings, problem, submit, visitor
from tests.live_api import LiveApi


@pytest.fixture
def api(one_api: LiveApi) -> LiveApi:
    """None of this depends on the database."""
    return one_api


def test_every_route_refuses_what_it_does_not_know(api: LiveApi) -> None:
    with visitor(api, api.key) as http:
        _each_route_refuses(http)


def _each_route_refuses(http: httpx2.Client) -> None:
    job_id = submit(http)["id"]
    document = http.get("/openapi.json").json()
    routes = [(method, path) for path, methods in document["paths"].items() for method in methods]
    assert len(routes) >= 16

    for method, path in routes:
        filled = path.replace("{job_id}", job_id).replace("{section}", "methods").replace("{name}", "x")
        filled = filled.replace("{key_id}", "000000000000")
        body: dict[str, object] | None = {} if method in ("post", "patch") else None
        reply = http.request(method, f"{filled}?wiat=30", json=body)
        # Beside it, what a route can not do without; a form is not even looked at.
        assert findings(reply).count(("?wiat", "unknown_field")) == 1, path


@pytest.mark.parametrize("action", Action)
def test_an_action_that_is_refused_for_its_query_is_not_done(http: httpx2.Client, action: Action) -> None:
    path = f"/v1/jobs/{submit(http)['id']}"

    problem(http.post(f"{path}/{action}?force=true"), 422)

    assert http.get(path).json()["state"] == "queued"


@pytest.mark.parametrize(
    ("path", "typed", "meant"),
    [
        ("/v1/jobs", "limt", "limit"),
        ("/v1/jobs", "page_size", None),
        ("/v1/jobs/{}/logs", "levle", "level"),
        ("/v1/jobs/{}/events", "after", "after_seq"),
        ("/v1/jobs/{}/checkpoint", "fromat", "format"),
        ("/v1/catalog", "limit", None),
    ],
)
def test_a_typo_is_answered_with_a_guess(
    http: httpx2.Client, path: str, typed: str, meant: str | None
) -> None:
    (found,) = problem(http.get(path.format(submit(http)["id"]), params={typed: "1"}), 422)["errors"]

    assert (found["pointer"], found["detail"]) == (f"?{typed}", "no such query parameter")
    assert found.get("did_you_mean") == meant


def test_query_and_body_are_told_at_once(http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs?dry_run=1", json={"sed": 1})

    assert findings(reply) == [("?dry_run", "unknown_field"), ("/sed", "unknown_field")]


def test_a_key_is_asked_for_first(anyone: httpx2.Client) -> None:
    problem(anyone.get("/v1/jobs?limt=1"), 401)
    problem(anyone.get("/v1/catalog?limt=1"), 401)


@pytest.mark.parametrize(
    ("path", "typed", "words", "meant"),
    [
        ("/v1/jobs", {"state": "runing"}, {"queued", "running", "paused"}, "running"),
        ("/v1/jobs", {"sort": "name"}, {"created_at", "-created_at"}, None),
        ("/v1/datasets", {"state": "redy"}, {"packing", "ready", "refused"}, "ready"),
        ("/v1/models", {"sort": "created"}, {"created_at", "-created_at"}, "created_at"),
        ("/v1/jobs/{}/checkpoint", {"format": "onnx"}, {"safetensors", "pt"}, None),
    ],
)
def test_a_word_that_is_none_of_a_few_is_answered_with_those(
    http: httpx2.Client, path: str, typed: dict[str, str], words: set[str], meant: str | None
) -> None:
    (found,) = problem(http.get(path.format(submit(http)["id"]), params=typed), 422)["errors"]

    ((name, word),) = typed.items()
    assert (found["pointer"], found["got"]) == (f"?{name}", word)
    assert words <= set(found["allowed"])
    assert found.get("did_you_mean") == meant
