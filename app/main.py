"""The API process: wiring only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from redis import Redis

from app import errors
from app.api import (
    actions,
    artifacts,
    catalog,
    clones,
    compare,
    datasets,
    edits,
    events,
    feed,
    health,
    job_list,
    jobs,
    keys,
    logs,
    metrics,
    models,
    polling,
    predict,
    queue,
    reference,
    series,
)
from app.callers import Callers
from app.curves import Curves
from app.event_reader import EventReader, ended
from app.feed_reader import FeedReader
from app.key_use import KeyUse
from app.lists import Lists
from app.middleware.head import Head
from app.middleware.json_body import JsonBody
from app.middleware.key_first import KeyFirst
from app.middleware.plain_polls import PlainPolls
from app.middleware.rate_limit import RateLimit
from app.middleware.request_id import RequestId
from app.openapi import DescribedApi, operation_id
from app.polling import Polling
from app.predictor import Predictor
from app.rates import Rates
from app.streams import OpenStreams
from app.submissions import Submissions
from core.files import FileStore
from core.settings import Settings
from core.store.session import Database

# The routes are tried in this order: what is asked most stands first.
ROUTERS = (
    polling, jobs, job_list, edits, clones, actions, events, feed, metrics, series, logs,
    artifacts, predict, compare, datasets, models, queue, keys, catalog, health, reference,
)  # fmt: skip

# Whoever asks waits no longer for a database that is locked: then it is a 503, and the thread is free again.
PATIENCE_SECONDS = 2.0


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API over the database and files that the settings name."""
    settings = settings or Settings()
    app = DescribedApi(
        title="Distillery",
        version=version("distillery"),
        summary="Distil a vision classifier into a smaller one.",
        lifespan=_lifespan,
        redirect_slashes=False,
        docs_url=None,  # both would load scripts from elsewhere; app.api.reference shows a page of our own
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.settings = settings
    app.state.database = Database(settings.database, PATIENCE_SECONDS)
    app.state.key_use = KeyUse(app.state.database)
    app.state.callers = Callers(app.state.database, app.state.key_use)
    app.state.polling = Polling(settings, app.state.database)
    app.state.lists = Lists(settings, app.state.database)
    app.state.curves = Curves(settings, app.state.database)
    app.state.rates = Rates(settings.rate_per_second, settings.rate_burst)
    app.state.submissions = Submissions(settings, app.state.database)
    app.state.streams = OpenStreams(settings.streams_per_key, app.state.callers.still_count)
    app.state.files = FileStore(settings.files)
    app.state.broker = _broker(settings)
    app.state.predictor = Predictor(settings)
    for module in ROUTERS:
        app.include_router(module.router)
    errors.install(app)
    # The last one is the outermost.
    for layer in (PlainPolls, JsonBody, KeyFirst, RateLimit, RequestId, Head):
        app.add_middleware(layer)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.event_reader = EventReader(app.state.database)
    app.state.feed_reader = FeedReader(app.state.database)
    readers = (app.state.event_reader, app.state.feed_reader)
    reading = [asyncio.create_task(reader.run()) for reader in readers]
    yield
    await ended(reading)
    app.state.event_reader.close()
    app.state.broker.close()
    await app.state.predictor.close()
    app.state.key_use.close()
    app.state.polling.close()
    app.state.lists.close()
    app.state.curves.close()
    app.state.submissions.close()
    app.state.database.close()


def _broker(settings: Settings) -> Redis:
    """Only asked whether it answers, by /readyz: jobs are accepted without it."""
    return Redis.from_url(settings.redis, socket_timeout=1, socket_connect_timeout=1)
