"""The doorbell: a Celery message that says there may be work. It carries no authority and may be lost."""

from typing import Any

from celery import Celery
from kombu.entity import Queue
from redis import Redis

from core.settings import Settings
from worker.hearing import Ringing
from worker.ring import LIGHT, TASKS, TRAIN

# docs/decisions/0005: the SQL row is the truth, so messages are acknowledged at once and never redelivered.
CONFIGURATION: dict[str, Any] = {
    "task_queues": [Queue(TRAIN), Queue(LIGHT)],  # type: ignore[no-untyped-call]
    "task_default_queue": TRAIN,
    "task_create_missing_queues": False,
    "task_acks_late": False,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.2, "interval_max": 1},
    "worker_pool_start_method": "spawn",
    "worker_disable_prefetch": True,
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 50,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "worker_hijack_root_logger": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_pool_acquire_timeout": 10,
    "broker_transport_options": {
        "socket_timeout": 5,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 25,
        # Without it kombu keeps unacknowledged messages in the broker, to deliver them again.
        "ack_emulation": False,
    },
}


def make_app(settings: Settings) -> Celery:
    """The Celery application on the broker that the settings name."""
    app = Celery("distillery", amqp=Ringing, broker=settings.broker, include=["worker.tasks"])
    app.conf.update(CONFIGURATION)
    return app


class Doorbell:
    """Rings for work, and counts the rings that nobody has heard yet."""

    def __init__(self, settings: Settings) -> None:
        self._app = make_app(settings)
        url = settings.broker.replace("redis+socket://", "unix://")
        self._redis = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)

    def ring(self, queue: str = TRAIN) -> None:
        """Tell one worker of the queue to look for work."""
        self._app.send_task(TASKS[queue], queue=queue, retry=False)

    def unheard(self, queue: str = TRAIN) -> int:
        """Messages that wait in the broker."""
        return int(self._redis.llen(queue))

    def close(self) -> None:
        self._redis.close()
        self._app.close()
