"""What a script can tell from the end of the command.

  0  done                       6  no such job or file
  1  failed in another way      7  not possible in this state
  2  used wrongly               8  the wait was over before the job
  3  the job failed             9  the service does not answer
  4  the key does not allow it  10 the spec is not valid
  5  the job was cancelled      11 a download came damaged
130  interrupted by Ctrl-C: a job that was followed goes on
"""

from enum import IntEnum

from core import errors
from core.errors import DistilleryError
from core.lifecycle import JobState
from core.settings import BadEnvironment


class Exit(IntEnum):
    OK = 0
    FAILURE = 1
    USAGE = 2
    JOB_FAILED = 3
    NO_ACCESS = 4
    JOB_CANCELLED = 5
    NOT_FOUND = 6
    CONFLICT = 7
    TIMED_OUT = 8
    UNREACHABLE = 9
    INVALID_SPEC = 10
    DIGEST_MISMATCH = 11
    INTERRUPTED = 130


_OF_ERROR: dict[type[DistilleryError], Exit] = {
    BadEnvironment: Exit.USAGE,
    errors.Unauthorized: Exit.NO_ACCESS,
    errors.Forbidden: Exit.NO_ACCESS,
    errors.NotFound: Exit.NOT_FOUND,
    errors.Conflict: Exit.CONFLICT,
    errors.Changed: Exit.CONFLICT,
    errors.TimedOut: Exit.TIMED_OUT,
    errors.Unreachable: Exit.UNREACHABLE,
    errors.InvalidRequest: Exit.INVALID_SPEC,
    errors.DigestMismatch: Exit.DIGEST_MISMATCH,
}
_OF_STATE: dict[str, Exit] = {JobState.FAILED: Exit.JOB_FAILED, JobState.CANCELLED: Exit.JOB_CANCELLED}


def of_error(error: DistilleryError) -> Exit:
    return next((_OF_ERROR[kind] for kind in type(error).__mro__ if kind in _OF_ERROR), Exit.FAILURE)


def of_state(state: str) -> Exit:
    """What the end of a followed job means for the command."""
    return _OF_STATE.get(state, Exit.OK)
