"""Lists of data sets and of models, cut by state and name, and turned around."""

from typing import Any

import httpx2
import pytest

from app.client import Distillery
from core.files import Blob
from core.store import datasets, models
from core.store.datasets import Wanted
from core.store.models import Told
from tests.app.visiting import findings
from tests.builders import ME
from tests.live_api import LiveApi

NAMES = ("Cats", "cats and dogs", "birds")
REFUSED = {"code": "internal", "detail": "a test", "hint": None}
KINDS = pytest.mark.parametrize("kind", ["datasets", "models"])


def three(api: LiveApi, kind: str) -> list[str]:
    """Their ids; the second one is refused."""
    with api.database.writing() as session:
        blob = Blob("a" * 64, 10)
        if kind == "datasets":
            ids = [datasets.add_upload(session, ME, name, blob, Wanted()).id for name in NAMES]
            datasets.was_refused(session, ids[1], REFUSED)
        else:
            ids = [models.add_upload(session, ME, name, blob, Told()).id for name in NAMES]
            models.was_refused(session, ids[1], REFUSED)
        return ids


@KINDS
def test_a_list_is_cut_by_state_and_name(http: httpx2.Client, api: LiveApi, kind: str) -> None:
    first, second, _ = three(api, kind)
    being_read = "packing" if kind == "datasets" else "reading"

    def listed(**params: Any) -> list[str]:
        return [found["id"] for found in http.get(f"/v1/{kind}", params=params).json()["data"]]

    assert listed(state="refused") == [second]
    assert listed(state=["refused", being_read], q="CATS") == [second, first]
    assert listed(q="%") == []
    assert findings(http.get(f"/v1/{kind}", params={"state": "gone"})) == [("?state", "literal_error")]
    assert findings(http.get(f"/v1/{kind}", params={"sort": "name"})) == [("?sort", "literal_error")]


@KINDS
def test_the_oldest_come_first_where_that_is_asked_for(http: httpx2.Client, api: LiveApi, kind: str) -> None:
    made = three(api, kind)

    page = http.get(f"/v1/{kind}", params={"limit": 2, "sort": "created_at"}).json()
    rest = http.get(f"/v1/{kind}?sort=created_at&cursor={page['next_cursor']}").json()

    assert [found["id"] for found in page["data"]] == made[:2]
    assert ([found["id"] for found in rest["data"]], rest["has_more"]) == (made[2:], False)


@KINDS
def test_the_client_asks_for_it(service: Distillery, api: LiveApi, kind: str) -> None:
    made = three(api, kind)
    listing: Any = getattr(service, kind).list

    assert [found.id for found in listing(sort="created_at")] == made
    assert [found.id for found in listing(state="refused", q="dogs")] == [made[1]]
