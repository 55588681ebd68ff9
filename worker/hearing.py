"""How Celery hears the broker: rings reach it, and nothing else.

kombu believes what it pops from a list. What is no JSON, or lacks a field, raises inside of the event loop
and ends the Celery parent. So every item is looked at before kombu sees it, by the client of its channel.
"""

import logging
from typing import Any

from celery.app.amqp import AMQP
from kombu.connection import Connection
from kombu.transport import redis as kombu_redis
from redis import Redis

from worker import ring

SHOWN = 80
log = logging.getLogger("distillery.worker")


class Listener(Redis):
    """Pops rings; whatever else was in the queue is an empty answer."""

    def parse_response(self, connection: Any, command_name: str | bytes, **options: Any) -> Any:
        reply = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        if command_name != "BRPOP" or not reply:
            return reply
        queue, item = reply
        name = queue.decode(errors="replace")
        if ring.is_ring(item, name):
            return queue, ring.written_anew(name)
        log.warning("dropped %d bytes that are no ring: %r", len(item), item[:SHOWN])
        return None


class Channel(kombu_redis.Channel):
    def _get_client(self) -> type[Redis]:
        return Listener


class Transport(kombu_redis.Transport):
    Channel = Channel


class RingingConnection(Connection):
    """To a server that speaks Redis' protocol, over TCP or a unix socket."""

    def get_transport_cls(self) -> type[Transport]:
        return Transport


class Ringing(AMQP):  # type: ignore[misc]
    """Celery's way to its broker."""

    Connection = RingingConnection
