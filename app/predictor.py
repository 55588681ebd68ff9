"""Ask a predictor, and wait for its answer without keeping a thread. core.prediction has the protocol."""

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.errors import BY_CODE, DistilleryError, Internal, PredictorUnavailable
from core.prediction import FORGOTTEN_SECONDS, MOST_WAITING, QUEUE, Question, answer_key, wanted_key
from core.settings import Settings

# For the broker itself, beside the time that an answer may take.
BROKER_SECONDS = 2.0


class Predictor:
    """The predictors of this service, whichever is free."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.predict_seconds
        self._broker = Redis.from_url(
            settings.redis,
            socket_connect_timeout=BROKER_SECONDS,
            socket_timeout=self._seconds + BROKER_SECONDS,
            # One that was restarted has closed the connections that are kept; one that is gone is no use.
            retry=Retry(NoBackoff(), 1),
        )
        self._waiting = 0

    async def ask(self, student: str, teacher: str, image: str, top: int) -> dict[str, Any]:
        """What both networks see on a staged image; Question says what is what.

        PredictorUnavailable    nobody answers in time, or too many wait already
        ImageUnreadable         the image is none, or damaged
        """
        if self._waiting >= MOST_WAITING:
            raise _too_many()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds + BROKER_SECONDS):
                return await self._ask(Question(secrets.token_hex(16), student, teacher, image, top))
        except (RedisError, OSError) as error:  # TimeoutError is one of these
            raise PredictorUnavailable("the broker does not answer", hint="Look at /readyz.") from error
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        await self._broker.aclose()

    async def _ask(self, question: Question) -> dict[str, Any]:
        message = question.to_bytes()
        try:
            if await self._push(question.id, message) > MOST_WAITING:
                raise _too_many()
            found = await self._broker.blpop([answer_key(question.id)], timeout=self._seconds)
            if found is None:
                raise PredictorUnavailable(f"no predictor answered within {self._seconds:g} s")
        except BaseException:
            await self._withdraw(question.id, message)
            raise
        return _read(found[1])

    async def _push(self, question_id: str, message: bytes) -> int:
        """Returns how many wait now, this one included."""
        async with self._broker.pipeline() as pipe:
            pipe.set(wanted_key(question_id), b"1", px=int(1000 * self._seconds))
            pipe.lpush(QUEUE, message)
            pipe.expire(QUEUE, FORGOTTEN_SECONDS)
            length: int = (await pipe.execute())[1]
        return length

    async def _withdraw(self, question_id: str, message: bytes) -> None:
        """Leave nothing behind; if that can't be done, it is forgotten by itself."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(BROKER_SECONDS), self._broker.pipeline() as pipe:
                pipe.delete(wanted_key(question_id))
                pipe.lrem(QUEUE, 1, message.decode())
                await pipe.execute()


def _read(reply: bytes | str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(reply)
    if "answer" in document:
        answer: dict[str, Any] = document["answer"]
        return answer
    raise _error(document["error"])


def _error(told: dict[str, Any]) -> DistilleryError:
    return BY_CODE.get(told["code"], Internal)(told["detail"], hint=told["hint"])


def _too_many() -> PredictorUnavailable:
    return PredictorUnavailable(f"{MOST_WAITING} images wait already", hint="Ask again in a moment.")
