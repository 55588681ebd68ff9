"""Answers predictions: `python -m worker.predictor`, beside the light worker, one a machine or more.

This process holds the addresses and passes questions on, one after the other; a child without any of them
reads the images and holds the networks. core.prediction has the protocol.
"""

import logging
import signal
import threading
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from core import faults
from core.errors import DistilleryError, Internal
from core.prediction import FORGOTTEN_SECONDS, QUEUE, Question, answer_key, answered, refused, wanted_key
from core.settings import Settings, read_or_exit
from worker.predicting_process import PredictingProcess

# A signal to end is seen after so long.
POLL_SECONDS = 1
BROKER_REST_SECONDS = 2.0
# Of the patience of who asks: then they still hear what went wrong.
SHARE = 0.8
# Without a question for so long, the networks and torch are let go.
IDLE_TURNS = 900
log = logging.getLogger("distillery.predictor")


class Predictor:
    """Takes one question after the other, for as long as somebody waits for the answer."""

    def __init__(self, settings: Settings, ended: threading.Event) -> None:
        self._broker = Redis.from_url(settings.redis, socket_timeout=5, socket_connect_timeout=2)
        self._process = PredictingProcess(settings, ended.is_set)
        self._ended = ended
        self._seconds = SHARE * settings.predict_seconds
        self._idle = 0

    def turn(self) -> None:
        """Answer the next question, if one comes within a moment."""
        try:
            popped: Any = self._broker.brpop([QUEUE], timeout=POLL_SECONDS)
            if popped is None:
                self._nothing_asked()
            else:
                self._idle = 0
                self._take(popped[1])
        except RedisError as error:
            log.warning("the broker does not answer: %s", error)
            self._ended.wait(BROKER_REST_SECONDS)

    def close(self) -> None:
        self._process.end()
        self._broker.close()

    def _nothing_asked(self) -> None:
        self._idle += 1
        if self._idle == IDLE_TURNS:
            self._process.end()

    def _take(self, item: bytes) -> None:
        question = Question.of(item)
        if question is None:
            log.warning("dropped %d bytes that are no question", len(item))
            return
        with self._broker.pipeline() as pipe:
            pipe.pttl(wanted_key(question.id))
            pipe.delete(wanted_key(question.id))
            milliseconds_left, _ = pipe.execute()
        if milliseconds_left > 0:
            self._reply(question, self._answer(question))

    def _answer(self, question: Question) -> bytes:
        try:
            message = self._process.ask(question, self._seconds)
        except DistilleryError as error:
            log.warning("question %s: %s", question.id, error.detail)
            return refused(error.code, error.detail, error.advice)
        if "answer" in message:
            return answered(message["answer"])
        cause = message.get("error") or {"code": Internal.code, "detail": "no answer", "hint": None}
        return refused(cause["code"], cause["detail"], cause["hint"])

    def _reply(self, question: Question, answer: bytes) -> None:
        key = answer_key(question.id)
        with self._broker.pipeline() as pipe:
            pipe.rpush(key, answer)
            pipe.expire(key, FORGOTTEN_SECONDS)
            pipe.execute()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ended = threading.Event()

    def end(*_: Any) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings = read_or_exit()
    faults.arm(settings.armed_fault)
    predictor = Predictor(settings, ended)
    while not ended.is_set():
        predictor.turn()
    predictor.close()


if __name__ == "__main__":
    main()
