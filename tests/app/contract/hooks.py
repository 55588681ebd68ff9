"""Loaded by schemathesis, in its own process: what a description can't say, and a request must know."""

import zlib
from contextlib import suppress
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.transport.serialization import Binary

LONGEST_WAIT = 0.1
ONCE = "idempotency-key"
LONGEST_KEY = 128
# As much of a file of weights as is looked at while it arrives.
WEIGHTS = b"\2\0\0\0\0\0\0\0{}"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    wait_briefly(case)
    one_key_for_each_request(case)
    send_weights(case)


def wait_briefly(case: Case) -> None:
    """Nobody waits here for a change that never comes."""
    with suppress(TypeError, ValueError):
        if float(case.query.get("wait", 0)) > LONGEST_WAIT:
            case.query["wait"] = LONGEST_WAIT


def one_key_for_each_request(case: Case) -> None:
    """The same request again is a repetition; another one with the same key would be refused."""
    key = case.headers.get(ONCE)
    asked = f"{case.operation.label} {case.path_parameters} {case.body}"
    unique = f"{key}{zlib.crc32(asked.encode(errors='replace'))}"
    if key and len(unique) <= LONGEST_KEY:
        case.headers[ONCE] = unique


def send_weights(case: Case) -> None:
    """Instead of an image, which every file is else."""
    sound = case.meta is not None and case.meta.generation.mode.is_positive
    if sound and case.operation.label == "POST /v1/models" and isinstance(case.body, dict):
        case.body["file"] = Binary(WEIGHTS)
