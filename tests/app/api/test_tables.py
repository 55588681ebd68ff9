"""Tables of one's own: sent over HTTP, packed by the real packer, and named by jobs with their target."""

import io
from collections.abc import Iterator
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, update

from core.lifecycle import JobState
from core.store.library import Chore, Dataset
from core.store.tables import Job
from tests.app.api.uploading import upload
from tests.app.light_by_hand import packing
from tests.app.visiting import findings, problem, submit
from tests.live_api import LiveApi
from tests.polling import eventually

HOUSES = "area,rooms,city,price\n" + "".join(
    f"{50 + 3 * n},{1 + n % 4},{('Ulm', 'Bonn')[n % 2]},{100 + 7 * n}.5\n" for n in range(40)
)
REGRESSION: dict[str, Any] = {
    "task": "tabular-regression",
    "teacher": "mlp",
    "student": "linear",
    "method": "logit_mse",
    "optimization": {"batch_size": 8},
}


@pytest.fixture(autouse=True)
def _packing(api: LiveApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with packing(api, tmp_path_factory.mktemp("light")):
        yield
    with api.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Chore))


def packed(http: httpx2.Client, content: str | bytes, name: str = "houses.csv") -> dict[str, Any]:
    """The data set, once it is no longer being packed."""
    sent = content.encode() if isinstance(content, str) else content
    location = upload(http, sent, name).headers["Location"]

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = http.get(location).json()
        return found if found["state"] != "packing" else None

    return eventually(done, 30.0)


def parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(
        pa.table({"area": [float(n) for n in range(30)], "sold": [n % 2 for n in range(30)]}), content
    )
    return content.getvalue()


def test_a_csv_file_becomes_a_data_set(http: httpx2.Client) -> None:
    found = packed(http, HOUSES)

    assert (found["name"], found["state"]) == ("houses", "ready")
    assert found["facts"]["rows"] == 40
    assert found["facts"]["columns"] == [
        {"name": "area", "classes": 40, "is_text": False},
        {"name": "rooms", "classes": 4, "is_text": False},
        {"name": "city", "classes": 2, "is_text": True},
        {"name": "price", "classes": None, "is_text": False},
    ]


def test_a_look_into_it_shows_columns_and_first_rows(http: httpx2.Client) -> None:
    found = packed(http, HOUSES)

    preview = http.get(found["links"]["preview"]).json()["preview"]
    assert preview["columns"][0] | {"values": None} == {
        "name": "area", "is_text": False, "values": None, "min": 50.0, "max": 167.0, "mean": 108.5,
        "rarest": ["50", 1],
    }  # fmt: skip
    assert preview["head"][0] == ["50", "1", "Ulm", "100.5"]


@pytest.mark.parametrize(
    ("task", "target"), [("tabular-regression", "price"), ("tabular-classification", "city")]
)
def test_a_job_names_what_it_predicts(task: str, target: str, http: httpx2.Client) -> None:
    data = packed(http, HOUSES)["id"]

    job = submit(http, **REGRESSION | {"task": task, "dataset": {"id": data, "target": target}})

    inputs = [name for name in ("area", "rooms", "price") if name != target]
    assert job["resolved_spec"]["dataset"] == {
        "kind": "table", "id": data, "target": target, "inputs": inputs,
    }  # fmt: skip
    assert job["origins"]["/dataset/inputs"] == "rule: every column of numbers but the target"
    assert http.delete(f"/v1/datasets/{data}").status_code == 409
    http.post(f"/v1/jobs/{job['id']}/cancel")


def test_parquet_does_as_well(http: httpx2.Client) -> None:
    data = packed(http, parquet(), "sales.parquet")

    assert (data["name"], data["state"]) == ("sales", "ready")
    target = {"id": data["id"], "target": "sold"}
    submit(http, **REGRESSION | {"task": "tabular-classification", "dataset": target})


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (HOUSES + "1,2,Ulm,many\n", "row 42, column 'price': 'many' is no number"),
        (HOUSES + "1,,Ulm,3\n", "row 42, column 'rooms': it is empty"),
        (HOUSES + "1,2,Ulm\n", "row 42 has 3 cells, and the header names 4 columns"),
        (HOUSES.replace("rooms", "area"), "columns 1 and 2 are both called area"),
        (HOUSES.encode("utf-8") + b"1,2,\xff,4\n", "no UTF-8"),
    ],
)
def test_a_mistake_is_told_by_its_place(content: str | bytes, detail: str, http: httpx2.Client) -> None:
    found = packed(http, content)

    assert found["state"] == "refused"
    assert found["error"]["code"] == "dataset_unreadable"
    assert detail in found["error"]["detail"]


def test_what_is_neither_images_nor_a_table_is_refused(http: httpx2.Client) -> None:
    found = packed(http, b"\x1f\x8b" + bytes(100), "houses.csv.gz")

    assert found["error"]["code"] == "archive_refused"
    assert "not compressed" in found["error"]["hint"]


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"dataset": {"target": "prise"}}, "/dataset/target", "no_such_column"),
        ({"dataset": {"target": "city"}}, "/dataset/target", "other_task"),
        ({"dataset": {}}, "/dataset/target", "missing"),
        ({"student": "resnet18"}, "/student/architecture", "other_task"),
        ({"method": "soft_targets"}, "/method/terms/0", "other_task"),
        ({"optimization": {"batch_size": 64}}, "/optimization/batch_size", "less_than_equal"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_queued(
    changes: dict[str, Any], place: str, code: str, http: httpx2.Client
) -> None:
    dataset = {"id": packed(http, HOUSES)["id"], **changes.get("dataset", {"target": "price"})}

    reply = http.post("/v1/jobs", json=REGRESSION | changes | {"dataset": dataset})

    assert findings(reply) == [(place, code)]


def test_a_class_of_too_few_rows_is_refused_by_its_name(http: httpx2.Client) -> None:
    dataset = {"id": packed(http, HOUSES + "90,2,Rome,120.5\n")["id"], "target": "city"}
    asked = {"task": "tabular-classification", "teacher": "mlp", "student": "linear", "dataset": dataset}

    checked = http.post("/v1/jobs/validate", json=asked).json()

    (error,) = checked["errors"]
    assert (error["pointer"], error["code"]) == ("/dataset/target", "class_too_small")
    assert "'Rome'" in error["detail"]
    assert findings(http.post("/v1/jobs", json=asked)) == [("/dataset/target", "class_too_small")]


def test_a_table_is_no_set_of_images(http: httpx2.Client) -> None:
    reply = http.post("/v1/jobs", json={"dataset": packed(http, HOUSES)["id"]})

    assert findings(reply) == [("/dataset/target", "missing")]


def test_networks_of_rows_are_shown_no_image(http: httpx2.Client, api: LiveApi) -> None:
    job = submit(http, **REGRESSION | {"dataset": "diabetes"})
    with api.database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.id == job["id"])
            .values(state=JobState.SUCCEEDED, finished_at=Job.created_at, started_at=Job.created_at)
        )

    reply = http.post(f"/v1/jobs/{job['id']}/predict", files={"file": ("cat.jpg", b"an image")})

    assert "rows of a table" in problem(reply, 409)["detail"]


def test_the_catalog_tells_of_tables(http: httpx2.Client) -> None:
    shown = http.get("/v1/catalog/datasets").json()

    assert {"name": "iris", "title": "150 flowers of three kinds of iris", "rows": 150, "inputs": 4,
            "classes": 3, "measures": False} in shown  # fmt: skip
