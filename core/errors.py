"""Every error this project raises on purpose. The docstring is the message, `hint` says what to do.

DistilleryError
├── NotFound                 not_found            the named thing does not exist
├── Unauthorized             unauthorized         no key, or one that does not count
├── Forbidden                forbidden            a sound key without the scope
├── Conflict                 conflict             sound request, wrong state
├── Changed                  changed              not the version that the caller knows
├── InvalidRequest           invalid_request      the request can't be understood
│   ├── InvalidSpec          invalid_spec         … because its fields are wrong
│   ├── UnsupportedBody      unsupported_media_type
│   │   └── NotSafetensors   only_safetensors     a pickle, or what else weights come in
│   └── BodyTooLarge         body_too_large
├── TooManyStreams           too_many_streams     this key has as many open streams as it may
├── RateLimited              rate_limited         more requests than are allowed in that time
├── RangeNotSatisfiable      range_not_satisfiable   the file is shorter than that
├── StoreUnavailable         store_unavailable    the database does not answer in time
├── FilesUnavailable         files_unavailable    the file store does not answer
├── DigestMismatch           digest_mismatch      bytes are not what their sha256 says
├── DiskFull                 disk_full            no space left to write to
├── ArchiveRefused           archive_refused      an upload that is not opened any further
├── ModelRefused             model_refused        weights that no network of ours can take
├── ImageUnreadable          image_unreadable     an image to predict on that is none, or damaged
├── PredictorUnavailable     predictor_unavailable   nobody answers what is asked of the networks
├── Unreachable              unreachable          the service does not answer        (client)
├── TimedOut                 timed_out            the wait was over before the job   (client)
├── LeaseLost                lease_lost           another attempt owns the job       (worker)
└── TrainingError            a run ended before its result; kept in job.error
    ├── Cancelled            cancelled            the user asked for it
    ├── Diverged             diverged             the loss is not finite
    ├── OutOfMemory          out_of_memory        the job does not fit; never retried
    ├── DatasetUnavailable   dataset_unavailable  the data is not here and can't be fetched
    ├── DatasetUnreadable    dataset_unreadable   the data is here and can't be used
    ├── WeightsUnavailable   weights_unavailable  weights to start from are not here and can't be fetched
    ├── WeightsUnreadable    weights_unreadable   weights to start from do not fit the network
    ├── ClassMismatch        class_mismatch       weights to start from tell other classes apart than the data
    ├── InvalidJob           invalid_job          the spec does not fit its data
    ├── WorkerLost           worker_lost          the worker vanished with the job
    ├── TrainerDied          trainer_died         the trainer process ended without a word
    ├── TrainerHung          trainer_hung         the trainer made no step for too long
    ├── CheckpointUnreadable checkpoint_unreadable   there are checkpoints, and none of them is sound
    └── Internal             internal             a defect of ours
"""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with a request, and where.

    pointer    a JSON pointer into the body (RFC 6901); `?name` is a query parameter, `header Name` a header
    """

    pointer: str
    code: str
    detail: str
    got: Any = None
    allowed: tuple[Any, ...] | None = None
    did_you_mean: str | None = None


class DistilleryError(Exception):
    """Something went wrong in a way we foresaw."""

    code: ClassVar[str] = "error"
    hint: ClassVar[str | None] = None
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, *, hint: str | None = None) -> None:
        self.detail = detail or (self.__doc__ or "").strip()
        self.advice = hint or self.hint
        # Of the request that was answered so; known to the client only.
        self.request_id: str | None = None
        # What was answered, as it was sent; likewise.
        self.problem: dict[str, Any] = {}
        super().__init__(self.detail)


class NotFound(DistilleryError):
    """There is no such thing, or it is not yours."""

    code = "not_found"
    hint = "List what there is, and compare the id."


class Unauthorized(DistilleryError):
    """The request carries no valid API key."""

    code = "unauthorized"
    hint = "Send `Authorization: Bearer dk_…`. In local mode the key is in $DISTILLERY_HOME/api-key."


class Forbidden(DistilleryError):
    """This key may not do that."""

    code = "forbidden"
    hint = "Use a key that has the scope."


class Conflict(DistilleryError):
    """The request is sound, but not in this state."""

    code = "conflict"

    def __init__(
        self, detail: str, *, state: str, allowed_actions: list[str], hint: str | None = None
    ) -> None:
        super().__init__(detail, hint=hint or f"Allowed now: {', '.join(allowed_actions) or 'nothing'}.")
        self.state = state
        self.allowed_actions = allowed_actions


class Changed(DistilleryError):
    """It is no longer the version that you named in If-Match."""

    code = "changed"
    hint = "Read it again, and decide anew."


class InvalidRequest(DistilleryError):
    """The request can't be understood."""

    code = "invalid_request"

    def __init__(self, detail: str | None = None, *, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.errors = errors

    def __str__(self) -> str:
        """With what is wrong where: a traceback shows nothing else of it."""
        found = "; ".join(f"{finding.pointer or '/'}: {finding.detail}" for finding in self.errors)
        return f"{self.detail} {found}".strip()


class InvalidSpec(InvalidRequest):
    """The request is not valid; `errors` says where and why."""

    code = "invalid_spec"


class UnsupportedBody(InvalidRequest):
    """The body must be JSON in UTF-8, sent as application/json without a content encoding."""

    code = "unsupported_media_type"


class NotSafetensors(UnsupportedBody):
    """Weights are taken as safetensors only."""

    code = "only_safetensors"
    hint = "Make such a file on your own machine: distillery convert model.pt"


class BodyTooLarge(InvalidRequest):
    """The body is larger than a spec can be."""

    code = "body_too_large"


class TooManyStreams(DistilleryError):
    """This key has as many open streams as it may."""

    code = "too_many_streams"
    hint = "Close some: one stream of /v1/events tells of all jobs. DISTILLERY_STREAMS_PER_KEY is the limit."
    retryable = True


class RateLimited(DistilleryError):
    """Too many requests in too short a time."""

    code = "rate_limited"
    hint = "Wait as long as Retry-After says. To hear of changes, use `wait` or the stream of events."
    retryable = True

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RangeNotSatisfiable(DistilleryError):
    """The file is shorter than the range that was asked for."""

    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(hint=f"The file has {size} bytes.")
        self.size = size


class StoreUnavailable(DistilleryError):
    """The database does not answer in time."""

    code = "store_unavailable"
    hint = "Nothing was changed. Try again after the seconds in Retry-After."
    retryable = True


class FilesUnavailable(DistilleryError):
    """The file store does not answer."""

    code = "files_unavailable"
    hint = "Try again; if it lasts, look at /readyz."
    retryable = True


class DigestMismatch(DistilleryError):
    """The bytes are not what their sha256 says."""

    code = "digest_mismatch"
    hint = "Fetch the file again; if it stays so, the stored copy is damaged."


class DiskFull(DistilleryError):
    """No space is left to write to."""

    code = "disk_full"
    hint = "Free some space under $DISTILLERY_HOME, then submit the job again."
    retryable = True


class ArchiveRefused(DistilleryError):
    """The archive is damaged, or made to do harm: nothing of it was kept."""

    code = "archive_refused"
    hint = "Pack the folder anew with an ordinary zip program, and upload that."


class ImageUnreadable(DistilleryError):
    """The image can't be read."""

    code = "image_unreadable"
    hint = "Send a PNG, JPEG, WebP, BMP or GIF that other programs can open."


class PredictorUnavailable(DistilleryError):
    """No predictor answers in time."""

    code = "predictor_unavailable"
    hint = "Try again: one that has just begun takes a while. It is started by `python -m worker.predictor`."
    retryable = True


class ModelRefused(DistilleryError):
    """The weights can't be used: nothing of them was loaded."""

    code = "model_refused"
    hint = "Write the file anew with `distillery convert model.pt`, and upload that."

    def __init__(
        self, detail: str | None = None, *, hint: str | None = None, keys: dict[str, Any] | None = None
    ) -> None:
        super().__init__(detail, hint=hint)
        # Those that are missing, unexpected or mismatched: how many, and the first of them.
        self.keys = keys or {}


class Unreachable(DistilleryError):
    """The service does not answer."""

    code = "unreachable"
    hint = "Start it with `distillery up`, or set DISTILLERY_URL."
    retryable = True


class TimedOut(DistilleryError):
    """The job has not ended in the time that was given; it goes on."""

    code = "timed_out"
    hint = "Wait longer, or come back with `distillery watch`."


class LeaseLost(DistilleryError):
    """Another attempt owns this job now; nothing that this one writes counts."""

    code = "lease_lost"


class TrainingError(DistilleryError):
    """A run stopped before its end."""


class Cancelled(TrainingError):
    """The run was cancelled on request."""

    code = "cancelled"


class Diverged(TrainingError):
    """The loss is no longer a finite number."""

    code = "diverged"
    hint = "Lower optimization.learning_rate or the strengths; the same seed would diverge again."


class OutOfMemory(TrainingError):
    """The job does not fit into the memory of the device."""

    code = "out_of_memory"
    hint = "Lower optimization.batch_size; it would not fit again, so it is not retried."


class DatasetUnavailable(TrainingError):
    """The data set is not on this machine and can't be fetched."""

    code = "dataset_unavailable"
    hint = (
        "Run `python -m worker.fetch NAME --to FOLDER` where there is a network. A worker looks into the "
        "folder `datasets` of its home; the engine alone is told by --data. Or use the data set `digits`."
    )


class DatasetUnreadable(TrainingError):
    """The data set is here, but can't be used."""

    code = "dataset_unreadable"
    hint = "Fetch or upload it again."


class WeightsUnavailable(TrainingError):
    """The weights that the job starts from are not here and can't be fetched."""

    code = "weights_unavailable"
    hint = (
        "List what there is with `distillery model ls`, or let the job train: `source` `train` or `random`."
    )


class WeightsUnreadable(TrainingError):
    """The weights that the job starts from don't fit the network."""

    code = "weights_unreadable"
    hint = "Name the architecture, width and stem that they were trained with, or upload them again."


class ClassMismatch(TrainingError):
    """The weights that the job starts from tell other classes apart than the data set has."""

    code = "class_mismatch"
    hint = "Take weights that were trained on these classes, or `pretrained`, whose classifier is new."


class InvalidJob(TrainingError):
    """The spec does not fit its data."""

    code = "invalid_job"
    hint = "Check it with `distillery validate`."


class WorkerLost(TrainingError):
    """The process that ran the job vanished."""

    code = "worker_lost"
    hint = "It is repeated by itself; if it keeps happening, look at the memory of the worker."
    retryable = True


class TrainerDied(TrainingError):
    """The trainer process ended without a result."""

    code = "trainer_died"
    hint = "Look at the job's log; a kill by signal 9 is most often the machine running out of memory."
    retryable = True


class TrainerHung(TrainingError):
    """The trainer made no step for too long, and was killed."""

    code = "trainer_hung"
    hint = "It goes on from its last checkpoint; if it hangs again, look at the job's log and the device."
    retryable = True


class CheckpointUnreadable(TrainingError):
    """The job has checkpoints, but none of them is sound: it is not started anew without being asked."""

    code = "checkpoint_unreadable"
    hint = "Look at the disk of the file store; submit the job again to start from the beginning."


class Internal(TrainingError):
    """A defect of ours; the log of the job says more."""

    code = "internal"
    hint = "Please report it with the job's log."
    retryable = True


def _tree(root: type[DistilleryError]) -> list[type[DistilleryError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _tree(child))]


BY_CODE: dict[str, type[DistilleryError]] = {
    error.code: error for error in _tree(DistilleryError) if "code" in vars(error)
}
