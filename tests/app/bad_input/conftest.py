"""The service on each database, and callers of several kinds."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.app.visiting import visitor
from tests.builders import ME
from tests.live_api import LiveApi


@pytest.fixture
def api(either_api: LiveApi) -> LiveApi:
    """What holds over HTTP holds on both databases."""
    return either_api


@pytest.fixture
def http(api: LiveApi) -> Iterator[httpx2.Client]:
    """A caller who may read and submit, and sees its own jobs only."""
    with visitor(api, api.make_key("read", "submit", owner=ME)) as client:
        yield client


@pytest.fixture
def stranger(api: LiveApi) -> Iterator[httpx2.Client]:
    """Another caller of the same kind."""
    with visitor(api, api.make_key("read", "submit", owner="someone else")) as client:
        yield client


@pytest.fixture
def anyone(api: LiveApi) -> Iterator[httpx2.Client]:
    """A caller without a key."""
    with visitor(api, None) as client:
        yield client
