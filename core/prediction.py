"""How the API asks a predictor, through the broker: names, and what a question and an answer look like.

    API         set predict:wanted:<id>, which ends with the patience of who asked; lpush predict <question>
    predictor   brpop predict; is it still wanted? then rpush predict:answer:<id> <answer>
    API         blpop predict:answer:<id>

The image does not travel: it lies in the file store, which both share, for as long as the API waits. The
broker is small and holds the doorbells of all jobs; and what goes through it is also written to its disk.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Self

QUEUE = "predict"
# More than these are refused at once: whoever came last would wait in vain.
MOST_WAITING = 64
LARGEST_IMAGE = 16 << 20
MOST_CLASSES = 20
# An answer that nobody fetches any more, and questions that nobody answers.
FORGOTTEN_SECONDS = 60
# One of ours has about 400 bytes.
LONGEST = 1 << 12

_ID, _DIGEST = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Question:
    """What is on this image?

    student, teacher    sha256 of their safetensors files
    image               name of a staged file of the store
    top                 how many classes to name
    """

    id: str
    student: str
    teacher: str
    image: str
    top: int

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of(cls, item: bytes) -> Self | None:
        """What was popped from the queue, if it is a question, whoever sent it."""
        try:
            found = cls(**json.loads(item)) if len(item) <= LONGEST else None
        except (ValueError, TypeError, RecursionError):
            return None
        return found if found is not None and found._is_sound() else None

    def _is_sound(self) -> bool:
        texts = all(isinstance(text, str) for text in (self.id, self.student, self.teacher, self.image))
        return (
            texts
            and _ID.fullmatch(self.id) is not None
            and all(_DIGEST.fullmatch(digest) is not None for digest in (self.student, self.teacher))
            and type(self.top) is int
            and 1 <= self.top <= MOST_CLASSES
        )


def wanted_key(question_id: str) -> str:
    """Exists while somebody waits for the answer, and nobody has begun with it."""
    return f"predict:wanted:{question_id}"


def answer_key(question_id: str) -> str:
    return f"predict:answer:{question_id}"


def answered(document: dict[str, Any]) -> bytes:
    """The answer to a question."""
    return json.dumps({"answer": document}).encode()


def refused(code: str, detail: str, hint: str | None) -> bytes:
    """Why there is none."""
    return json.dumps({"error": {"code": code, "detail": detail, "hint": hint}}).encode()
