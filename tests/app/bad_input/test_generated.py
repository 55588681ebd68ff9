"""Documents that nobody would think of: whatever is posted, it is never our fault, and it can be listed."""

import copy
import json
from typing import Any

import httpx2
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.app.visiting import problem
from tests.specs import documents

ODD_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), ODD_TEXT,
    st.sampled_from([2**63, -(2**63), 1e308, -0.0, 5e-324, float("nan"), "\0", "\ud800", "l2", "auto", ""]),
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "name",
        "tags",
        "seed",
        "student",
        "teacher",
        "kind",
        "architecture",
        "method",
        "terms",
        "regularizers",
        "l2",
    ]
)
ANYTHING = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | ODD_TEXT, inner, max_size=4),
    max_leaves=12,
)
on_a_server = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A sound spec in which one to three places hold something else."""
    document = copy.deepcopy(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while children := [child for child in items(place) if isinstance(child, dict | list) and child]:
            if draw(st.booleans()):
                break
            place = draw(st.sampled_from(children))
        change(draw, place)
    return document


def items(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def change(draw: st.DrawFn, place: Any) -> None:
    """Replace, add or drop one thing."""
    keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
    if isinstance(place, dict) and (not keys or draw(st.booleans())):
        place[draw(WORDS | ODD_TEXT)] = draw(ANYTHING)
    elif keys and draw(st.integers(0, 3)):
        place[draw(st.sampled_from(keys))] = draw(ANYTHING)
    elif keys:
        del place[draw(st.sampled_from(keys))]


def judge(http: httpx2.Client, document: Any) -> None:
    """Submit and validate agree, and neither fails."""
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    submitted = http.post("/v1/jobs", content=body, headers=headers)
    validated = http.post("/v1/jobs/validate", content=body, headers=headers)

    if submitted.status_code == 201:
        assert validated.json()["valid"]
        return
    refused = problem(submitted, 422)
    assert refused["errors"]
    if validated.status_code == 200:
        assert validated.json()["errors"] == refused["errors"]
    else:
        problem(validated, 422)


@on_a_server
@given(document=ANYTHING)
@example(document={"regularizers": [{"kind": ["l2"]}]})
@example(document={"method": {"terms": [{"kind": None}]}})
def test_any_document_at_all(http: httpx2.Client, document: Any) -> None:
    judge(http, document)


@on_a_server
@given(document=mutants())
def test_a_sound_spec_with_something_odd_in_it(http: httpx2.Client, document: Any) -> None:
    judge(http, document)


@settings(on_a_server, max_examples=40)
@given(document=documents(named=False))
def test_a_sound_spec_is_accepted(http: httpx2.Client, document: Any) -> None:
    reply = http.post("/v1/jobs", json=document)

    assert reply.status_code == 201, reply.text
    again = http.post("/v1/jobs", json=reply.json()["spec"])
    assert again.status_code == 201, (again.text, document)
    assert again.json()["spec"] == reply.json()["spec"]


@on_a_server
@given(body=st.binary(max_size=60))
def test_any_bytes_at_all(http: httpx2.Client, body: bytes) -> None:
    reply = http.post("/v1/jobs", content=body, headers={"Content-Type": "application/json"})

    assert reply.status_code in (201, 400, 422)


@on_a_server
@given(
    query=st.dictionaries(st.sampled_from(["limit", "cursor", "state", "q"]) | ODD_TEXT, ODD_TEXT, max_size=3)
)
def test_any_query_at_all(http: httpx2.Client, query: dict[str, str]) -> None:
    sound = {name.encode(errors="replace"): text.encode(errors="replace") for name, text in query.items()}

    reply = http.get("/v1/jobs", params=sound)  # type: ignore[arg-type]

    assert reply.status_code in (200, 422)
