"""Say what went wrong, where, and what to do about it."""

import json
import traceback
from collections.abc import Sequence
from pathlib import Path

from app.cli.screen import say
from core.errors import DistilleryError, FieldError, InvalidRequest, Unauthorized

MOST_ALLOWED = 12
# Where the service speaks of requests, and a person has a command.
ADVICE: dict[type[DistilleryError], str] = {
    Unauthorized: "Set DISTILLERY_KEY to a key of this service; unset, $DISTILLERY_HOME/api-key is used."
}


def complain(error: DistilleryError) -> None:
    """About an error that was foreseen."""
    found = error.errors if isinstance(error, InvalidRequest) else ()
    say(f"error: {'the spec is not valid' if found else error.detail}", "red")
    show_findings(found)
    if advice := ADVICE.get(type(error), error.advice):
        say(advice)
    if error.request_id and error.code in ("internal", "error"):
        say(f"The service's log says more about request {error.request_id}.")


def complain_of_defect(error: Exception) -> None:
    """About an error that nobody foresaw: what, and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    say(f"error: a defect of ours: {type(error).__name__}: {error}", "red")
    say(f"It was raised in {Path(where.filename).name}, line {where.lineno}: please report it.")


def show_findings(found: Sequence[FieldError]) -> None:
    for finding in found:
        say(f"  {finding.pointer or '/'}: {_said(finding)}")


def warn(found: Sequence[FieldError]) -> None:
    """About what will run, but probably not as it was meant."""
    for finding in found:
        say(f"warning: {finding.pointer or '/'}: {finding.detail}", "yellow")


def _said(finding: FieldError) -> str:
    text = finding.detail
    if finding.got is not None:
        text += f" (got {json.dumps(finding.got, ensure_ascii=False)})"
    if finding.did_you_mean is not None:
        return f"{text}; did you mean {finding.did_you_mean}?"
    if finding.allowed and len(finding.allowed) <= MOST_ALLOWED:
        text += f"; possible: {', '.join(map(str, finding.allowed))}"
    return text
