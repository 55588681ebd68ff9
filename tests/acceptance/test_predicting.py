"""`distillery up` answers predictions, and leaves nothing of who did."""

import io
from pathlib import Path

from core.files import FileStore
from core.lifecycle import JobState
from core.store import artifacts, attempts, jobs
from core.store.session import Database
from tests.builders import a_spec
from tests.local_service import LocalService, commands, local_service
from tests.worker.predicting.builders import Taught, taught

# To load torch on a busy machine.
PATIENT = 150.0


def a_taught_job(service: LocalService, pair: Taught) -> str:
    """Submitted and claimed at one go: the workers of the service see it once it has ended."""
    files, database = FileStore(service.settings.files), Database(service.settings.database)
    rows = [
        {"name": f"{role}.safetensors", "digest": blob.digest, "bytes": blob.bytes, "media_type": "x/y"}
        for role, content in pair.content.items()
        for blob in [files.put_stream(io.BytesIO(content))]
    ]
    with database.writing() as session:
        job_id = jobs.submit(session, a_spec(), "local").id
        attempt = attempts.claim(session, "by hand", "here", 0)
        assert attempt is not None
        artifacts.record(session, job_id, attempt.number, rows)
        attempts.finish(session, attempt, JobState.SUCCEEDED, "succeeded")
    database.close()
    return job_id


def test_what_is_on_an_image_is_told_and_nothing_of_it_stays(tmp_path: Path) -> None:
    home, pair = tmp_path / "home", taught()
    with local_service(home, DISTILLERY_PREDICT_SECONDS=str(PATIENT)) as service:
        assert not [line for line in commands(home).values() if "worker.predicting " in line]
        reply = service.http.post(
            f"/v1/jobs/{a_taught_job(service, pair)}/predict", files={"file": ("x.png", pair.png(0))},
            timeout=PATIENT + 30,
        )  # fmt: skip

        assert reply.status_code == 200, reply.text
        assert len(reply.json()["student"]["top"]) == 5
        (child,) = [pid for pid, line in commands(home).items() if "worker.predicting " in line]
        assert service.stop() == 0

    assert commands(home) == {}
    assert not Path(f"/proc/{child}").exists()
    assert not service.settings.runtime.exists()
    assert list((home / "files" / "staging").iterdir()) == []
