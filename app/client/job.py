"""One job: what was last known of it, and what can be asked of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Self, overload
from urllib.parse import quote

from app.client.comparison import Series
from app.client.deadline import Deadline
from app.client.download import Download, Downloaded, Progressing
from app.client.predictions import Prediction
from app.client.results import Artifact, Event, JobError, JobInfo, LogLine, Metric, Progress, Summary
from app.client.stream import PATIENCE_SECONDS, Stream
from app.client.transport import Transport
from core.errors import TimedOut


def job_path(job_id: str, *parts: str) -> str:
    """The path of a job, or of something of it."""
    return "/".join(["/v1/jobs", *(quote(part, safe="") for part in (job_id, *parts))])


class Job:
    """A job. `info` is what was last heard of it: refresh, wait and every action bring it up to date."""

    def __init__(self, transport: Transport, info: JobInfo) -> None:
        self._transport = transport
        self.info = info

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.state}>"

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def name(self) -> str | None:
        return self.info.name

    @property
    def state(self) -> str:
        return self.info.state

    @property
    def finished(self) -> bool:
        return self.info.finished

    @property
    def progress(self) -> Progress | None:
        return self.info.progress

    @property
    def summary(self) -> Summary | None:
        """The result; None until the job has succeeded."""
        return self.info.summary

    @property
    def error(self) -> JobError | None:
        """Why the job failed; None if it has not."""
        return self.info.error

    def refresh(self) -> Self:
        """Ask the service how the job is now."""
        self.info = JobInfo.of(self._transport.get(job_path(self.id)))
        return self

    def wait(self, on_event: Callable[[Event], None] | None = None, timeout: float | None = None) -> Self:
        """Wait for the end, however it ends, and hand every event of the job to `on_event` on the way.

        A paused job has not ended: somebody may resume it.

        TimedOut       after `timeout` seconds; the job goes on
        Unreachable    the service was silent for a minute
        """
        is_patient = timeout is None or timeout > 0
        if not is_patient and self.refresh().info.poll_after_seconds:
            raise TimedOut
        for event in self.stream(timeout=timeout) if is_patient else self.events():
            if on_event is not None:
                on_event(event)
        return self.refresh()

    def pause(self) -> Self:
        """Have the job write a checkpoint and give up its place, until `resume`.

        Conflict    it has ended, or is about to
        """
        return self._act("pause")

    def resume(self) -> Self:
        """Queue a paused job again; it goes on from its checkpoint.

        Conflict    it is not paused
        """
        return self._act("resume")

    def stop(self) -> Self:
        """End training early: the job succeeds with the best student so far.

        Conflict    it does not run
        """
        return self._act("stop")

    def cancel(self) -> Self:
        """End the job; the students that it has stay downloadable.

        Conflict    it has already succeeded or failed
        """
        return self._act("cancel")

    def retry(self) -> Self:
        """Queue a failed or cancelled job again; it goes on from its last checkpoint.

        Conflict    it has not ended, or has succeeded
        """
        return self._act("retry")

    def update(self, **changes: Any) -> Self:
        """Change `name`, `tags` or `priority`; what is not given stays, and None gives the default back.

        InvalidSpec    `errors` says where and why
        """
        self.info = JobInfo.of(self._transport.patch(self._path(), changes))
        return self

    def clone(self, **patch: Any) -> "Job":
        """Queue a job with the same spec, but for the patch: `clone(optimization={"epochs": 30})`.

        It is a JSON merge patch: an object changes only what it names, and None gives the default back. Of a
        source or a data set that becomes one of another kind nothing stays.

        InvalidSpec    `errors` says where and why
        """
        return Job(self._transport, JobInfo.of(self._transport.post(self._path("clone"), patch)))

    def delete(self) -> None:
        """Remove the job for good, with everything that it measured and made.

        Conflict    it has not ended
        """
        self._transport.delete(self._path())

    def events(self, after: int = 0) -> list[Event]:
        """What happened so far, from the event after number `after`."""
        found: list[Event] = []
        while True:
            page = self._transport.get(self._path("events"), {"after_seq": found[-1].seq if found else after})
            found += map(Event.of, page["data"])
            if not page["has_more"]:
                return found

    def stream(
        self, after: int = 0, *, timeout: float | None = None, patience: float = PATIENCE_SECONDS
    ) -> Iterator[Event]:
        """Events as they happen, to the end of the job; a broken connection is taken up where it broke.

        TimedOut       after `timeout` seconds
        Unreachable    the service was silent for `patience` seconds
        """
        return iter(Stream(self._transport, self._path("events"), after, Deadline(timeout), patience))

    @overload
    def metrics(self) -> list[Metric]: ...

    @overload
    def metrics(self, name: str, *, x: str = ..., max_points: int = ...) -> Series: ...

    def metrics(
        self, name: str | None = None, *, x: str = "step", max_points: int = 500
    ) -> list[Metric] | Series:
        """Every metric, summed up; or the curve of one: `metrics("validation/accuracy").points`.

        x             step, epoch or seconds
        max_points    of the curve; a spike between them shows in its buckets
        """
        if name is None:
            return [Metric.of(found) for found in self._data("metrics")]
        question = {"jobs": [self.id], "names": [name], "x": x, "max_points": max_points}
        return Series.of(self._transport.post("/v1/metrics/query", question)["data"][0])

    def report(self) -> dict[str, Any]:
        """Everything that was measured; NotFound until the job has succeeded."""
        found: dict[str, Any] = self._transport.get(self._path("report"))
        return found

    def report_page(self, format: Literal["html", "markdown"]) -> str:
        """The same for people: a page that stands alone, or the card of the model in Markdown.

        NotFound    the job has not succeeded, or its release wrote none
        """
        return self._transport.text(self._path("report"), f"text/{format}")

    def logs(self, *, tail: int = 1000, level: str | None = None, q: str | None = None) -> list[LogLine]:
        """The last lines of the log that match, oldest first."""
        return [LogLine.of(found) for found in self._data("logs", tail=tail, level=level, q=q)]

    def artifacts(self) -> list[Artifact]:
        """The files of the job."""
        return [Artifact.of(found) for found in self._data("artifacts")]

    def download(self, name: str, path: str | Path, on_progress: Progressing | None = None) -> Downloaded:
        """Fetch one file, into a folder or under a name; a broken download is resumed.

        DigestMismatch    what came is damaged; nothing is left at `path`
        """
        return self._fetch(self._path("artifacts", name), _target(path, name), on_progress)

    def checkpoint(
        self, path: str | Path, format: Literal["safetensors", "pt"] = "safetensors",
        on_progress: Progressing | None = None,
    ) -> Downloaded:  # fmt: skip
        """Fetch the distilled student; like `download`."""
        source = f"{self._path('checkpoint')}?format={format}"
        return self._fetch(source, _target(path, f"student.{format}"), on_progress)

    def predict(self, path: str | Path, top_k: int = 5) -> Prediction:
        """The likeliest classes of an image, of the student beside its teacher.

        Conflict                the job has not succeeded
        ImageUnreadable         it is no image, or damaged
        PredictorUnavailable    nobody answers
        """
        with Path(path).open("rb") as image:
            fields = {"top_k": str(top_k)}
            return Prediction.of(
                self._transport.upload(self._path("predict"), fields, image, Path(path).name)
            )

    def _act(self, action: str) -> Self:
        # Asking twice is the same as asking once.
        self.info = JobInfo.of(self._transport.post(self._path(action)))
        return self

    def _fetch(self, source: str, target: Path, on_progress: Progressing | None) -> Downloaded:
        return Download(self._transport, source, target, on_progress).run()

    def _path(self, *parts: str) -> str:
        return job_path(self.id, *parts)

    def _data(self, part: str, **params: Any) -> list[Any]:
        found: list[Any] = self._transport.get(self._path(part), params)["data"]
        return found


def _target(path: str | Path, name: str) -> Path:
    """A folder takes the file under its own name."""
    path = Path(path)
    # A name is one step, never a way out of the folder.
    return path / Path(name).name if path.is_dir() else path
