"""A PostgreSQL server that is there and says nothing."""

import math

import pytest

from core.errors import StoreUnavailable
from core.store import session
from core.store.session import Database
from tests.databases import PostgreSQL
from tests.postgres_proxy import PostgresProxy


def test_a_silent_server_is_not_waited_for_for_ever_and_taken_back_when_it_speaks(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_ON_ITS_WAY_SECONDS", -6.0)
    with postgresql.database() as url, PostgresProxy(url) as proxy:
        database = Database(proxy.url, patience_seconds=1.5)  # and so silent for half a second
        database.check()

        proxy.delay_seconds = math.inf
        with pytest.raises(StoreUnavailable):
            database.check()

        proxy.delay_seconds = 0.0
        database.check()
        database.close()
