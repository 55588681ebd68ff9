"""A job like another one, but for a merge patch."""

from typing import Any

import httpx2
import pytest

from core.spec.merge import merged
from tests.app.api.weights import a_ready_one
from tests.app.visiting import findings, problem, submit
from tests.builders import ME, a_finished_job
from tests.live_api import LiveApi

SPEC = {
    "name": "one", "tags": ["a"], "dataset": "digits", "seed": 7, "regularizers": ["l2"],
    "optimization": {"epochs": 5, "augmentation": "crop"},
}  # fmt: skip


# The examples of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_is_that_of_the_rfc(target: object, patch: object, result: object) -> None:
    assert merged(target, patch) == result


MODEL, JOB, DATASET = (f"{kind}_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z" for kind in ("model", "job", "ds"))
TRAINED: dict[str, object] = {"kind": "train", "epochs": 5, "seed": 0}
TABLE: dict[str, object] = {"kind": "table", "id": DATASET, "target": "price"}
BUILTIN: dict[str, object] = {"kind": "builtin", "name": "digits", "subset": {"per_class": 9}}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        (TRAINED, {"kind": "model", "id": MODEL}, {"kind": "model", "id": MODEL}),
        (TRAINED, {"kind": "train", "seed": 1}, TRAINED | {"seed": 1}),
        (TRAINED, {"seed": 1}, TRAINED | {"seed": 1}),
        (TRAINED, {"kind": None, "seed": 1}, {"epochs": 5, "seed": 1}),
        (TRAINED, {"id": MODEL}, {"id": MODEL}),
        ({"kind": "model", "id": MODEL}, {"id": JOB}, {"id": JOB}),
        ({"kind": "model", "id": MODEL}, {"id": MODEL[:-1] + "0"}, {"kind": "model", "id": MODEL[:-1] + "0"}),
        (BUILTIN, {"id": DATASET}, {"id": DATASET}),
        (BUILTIN, {"name": "cifar10"}, BUILTIN | {"name": "cifar10"}),
        (BUILTIN, {"subset": None}, {"kind": "builtin", "name": "digits"}),
        (BUILTIN, {"form": "linear"}, {"form": "linear"}),
        (TABLE, {"name": "diabetes"}, {"name": "diabetes"}),
        (TABLE, {"id": DATASET, "inputs": ["a"]}, TABLE | {"inputs": ["a"]}),
        ({"kind": "uploaded", "id": DATASET}, {"id": DATASET, "target": "a"}, {"id": DATASET, "target": "a"}),
    ],
)
def test_nothing_stays_of_an_object_that_becomes_one_of_another_kind(
    target: object, patch: object, result: object
) -> None:
    assert merged({"a": target, "b": 1}, {"a": patch}) == {"a": result, "b": 1}


def test_a_clone_takes_another_source_and_other_data(api: LiveApi, http: httpx2.Client) -> None:
    weights = a_ready_one(http, api, architecture="resnet34", classes=None, facts={"classes": 10})
    model_id = weights.rpartition("/")[2]
    plain = submit(http, teacher={"source": {"epochs": 5}})
    table = submit(http, task="tabular-regression", dataset="diabetes", student={"hidden": [4]})

    def cloned(job: dict[str, Any], **patch: object) -> Any:
        reply = http.post(f"/v1/jobs/{job['id']}/clone", json=patch)
        assert reply.status_code == 201, reply.text
        return reply.json()["spec"]

    of_model = cloned(plain, teacher={"source": {"kind": "model", "id": model_id}})
    assert of_model["teacher"]["source"] == {"kind": "model", "id": model_id}
    assert of_model["teacher"]["architecture"] == "resnet34"
    again = cloned(plain, student={"source": {"kind": "pretrained"}}, dataset={"name": "digits"})
    assert again["teacher"] == plain["spec"]["teacher"]
    assert again["student"]["source"] == {"kind": "pretrained", "weights": "default"}
    assert cloned(table) == table["spec"]
    formula = cloned(table, dataset={"slopes": [1.0, 2.0]})
    assert (formula["dataset"]["kind"], formula["student"]["hidden"]) == ("formula", [4])


def test_a_clone_is_the_same_but_for_the_patch(http: httpx2.Client) -> None:
    original = submit(http, **SPEC)

    reply = http.post(
        f"/v1/jobs/{original['id']}/clone",
        json={"seed": 8, "optimization": {"epochs": 6, "augmentation": None}, "name": None},
    )

    clone = reply.json()
    assert reply.status_code == 201
    assert reply.headers["location"] == f"/v1/jobs/{clone['id']}"
    assert (clone["state"], clone["name"], clone["tags"]) == ("queued", None, ["a"])
    optimization = clone["spec"]["optimization"]
    assert (clone["spec"]["seed"], optimization["epochs"]) == (8, 6)
    assert optimization["augmentation"] == submit(http)["spec"]["optimization"]["augmentation"]
    untouched = set(SPEC) - {"seed", "optimization", "name"}
    assert {n: clone["spec"][n] for n in untouched} == {n: original["spec"][n] for n in untouched}
    assert http.get(f"/v1/jobs/{original['id']}").json()["spec"] == original["spec"]


@pytest.mark.parametrize("body", [b"", b"{}", b"null"])
def test_without_a_patch_it_is_the_same_again(http: httpx2.Client, body: bytes) -> None:
    original = submit(http, **SPEC)

    reply = http.post(
        f"/v1/jobs/{original['id']}/clone", content=body, headers={"Content-Type": "application/json"}
    )

    assert reply.json()["spec"] == original["spec"]
    assert reply.json()["id"] != original["id"]


def test_a_batch_that_nobody_asked_for_fits_the_data_of_the_clone(http: httpx2.Client) -> None:
    few = {"name": "digits", "subset": {"per_class": 10}}
    fitted, given = submit(http, dataset=few), submit(http, optimization={"batch_size": 128})

    again = http.post(f"/v1/jobs/{fitted['id']}/clone").json()
    larger = http.post(f"/v1/jobs/{fitted['id']}/clone", json={"dataset": {"subset": None}}).json()
    refused = http.post(f"/v1/jobs/{given['id']}/clone", json={"dataset": few})

    assert fitted["resolved_spec"]["optimization"]["batch_size"] == 45
    assert again["resolved_spec"]["optimization"]["batch_size"] == 45
    assert larger["resolved_spec"]["optimization"]["batch_size"] == 128
    assert findings(refused) == [("/optimization/batch_size", "less_than_equal")]


def test_a_clone_of_a_renamed_job_has_its_new_name(http: httpx2.Client) -> None:
    path = f"/v1/jobs/{submit(http, **SPEC)['id']}"
    http.patch(path, json={"name": "two", "tags": ["b"]})

    clone = http.post(f"{path}/clone").json()

    assert (clone["name"], clone["tags"], clone["spec"]["name"]) == ("two", ["b"], "two")
    assert [job["id"] for job in http.get("/v1/jobs?tag=b&limit=1").json()["data"]] == [clone["id"]]


def test_a_job_in_any_state_can_be_cloned_once_per_key(api: LiveApi, http: httpx2.Client) -> None:
    path = f"/v1/jobs/{a_finished_job(api.database, ME)}/clone"
    key = {"Idempotency-Key": f"clone-{api.url}"}

    first, again = (http.post(path, json={"seed": 1}, headers=key) for _ in range(2))

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(http.get("/v1/jobs").json()["data"]) == 2
    assert findings(http.post(path, json={"seed": 2}, headers=key)) == [
        ("header Idempotency-Key", "idempotency_key_reused")
    ]


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        ({"sed": 1}, [("/sed", "unknown_field")]),
        ({"optimization": {"epochs": 0}}, [("/optimization/epochs", "greater_than_equal")]),
        ({"optimization": 5}, [("/optimization", "object_type")]),
        ({"seed": -1, "priority": 101}, [("/seed", "greater_than_equal"), ("/priority", "less_than_equal")]),
        ([], [("", "object_type")]),
        (0, [("", "object_type")]),
        (False, [("", "object_type")]),
        ("x", [("", "object_type")]),
    ],
)
def test_a_spec_that_can_not_be_is_refused_with_its_places(
    http: httpx2.Client, patch: object, found: list[tuple[str, str]]
) -> None:
    job_id = submit(http, **SPEC)["id"]

    assert findings(http.post(f"/v1/jobs/{job_id}/clone", json=patch)) == found
    assert len(http.get("/v1/jobs").json()["data"]) == 1


def test_nobody_clones_anothers_job(http: httpx2.Client, stranger: httpx2.Client) -> None:
    problem(stranger.post(f"/v1/jobs/{submit(http)['id']}/clone"), 404)
