"""The data set of a job, fetched by a real process that can be broken off at any time."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.errors import DatasetUnavailable
from core.lifecycle import Action
from core.store.attempts import Claimed
from tests.builders import a_running_job, stored
from tests.polling import eventually
from tests.worker import odd_fetch
from tests.worker.supervising import Bench, trainers
from worker import fetching, materials
from worker.outcome import Outcome

# Fetches until it is killed.
SUPERVISOR = """
import sys
from pathlib import Path
from worker import fetching

fetching.FETCHER = "tests.worker.odd_fetch"
fetching.fetch(["cifar10"], Path(sys.argv[1]), lambda: None)
"""


@pytest.fixture(autouse=True)
def _odd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FETCHER", "tests.worker.odd_fetch")


@pytest.fixture
def attempt(bench: Bench) -> Claimed:
    return a_running_job(bench.database, dataset="cifar10")


def answer(bench: Bench, said: str = "") -> None:
    (bench.place.folder / "answer").write_text(said)


def lay_ready(bench: Bench, attempt: Claimed) -> Outcome | None:
    return materials.lay_ready(bench.database, bench.files, bench.settings, attempt, bench.place)


def under_way(bench: Bench, attempt: Claimed) -> tuple[threading.Thread, list[Outcome | None]]:
    """In a thread of its own, with the process under way."""
    ends: list[Outcome | None] = []
    thread = threading.Thread(target=lambda: ends.append(lay_ready(bench, attempt)))
    thread.start()
    eventually(lambda: trainers(bench.place.folder))
    return thread, ends


def test_what_was_fetched_is_laid_ready_and_stored_for_all_workers(bench: Bench, attempt: Claimed) -> None:
    answer(bench)
    packed = bench.place.shared / "cifar10.safetensors"

    assert lay_ready(bench, attempt) is None
    packed.unlink()
    answer(bench, "it was fetched again")
    assert lay_ready(bench, attempt) is None

    assert (bench.place.data / packed.name).read_text() == odd_fetch.CONTENT


@pytest.mark.parametrize(
    ("said", "detail", "hint"),
    [
        ("1%\ndataset_unavailable: no route\nfetch it elsewhere\n", "no route", "fetch it elsewhere"),
        ("Killed", "fetching cifar10 failed: Killed", DatasetUnavailable.hint),
    ],
)
def test_what_the_fetching_process_says_is_the_cause(
    bench: Bench, attempt: Claimed, said: str, detail: str, hint: str
) -> None:
    answer(bench, said)

    with pytest.raises(DatasetUnavailable) as raised:
        lay_ready(bench, attempt)

    assert (raised.value.detail, raised.value.advice) == (detail, hint)


@pytest.mark.parametrize(("action", "kind"), [(Action.PAUSE, "suspended"), (Action.CANCEL, "cancelled")])
def test_a_wish_breaks_a_download_off(bench: Bench, attempt: Claimed, action: Action, kind: str) -> None:
    thread, ends = under_way(bench, attempt)

    bench.act(attempt, action)
    thread.join()

    assert [end and end.kind for end in ends] == [kind]
    assert trainers(bench.place.folder) == []


def test_a_drain_breaks_a_download_off(bench: Bench, attempt: Claimed) -> None:
    thread, ends = under_way(bench, attempt)

    bench.place.holding.drain.touch()
    thread.join()

    assert [end and end.kind for end in ends] == ["suspended"]
    assert trainers(bench.place.folder) == []
    assert list(bench.place.shared.iterdir()) == []


def test_a_stop_waits_for_the_trainer(bench: Bench, attempt: Claimed) -> None:
    bench.act(attempt, Action.STOP)
    thread, ends = under_way(bench, attempt)
    eventually(lambda: stored(bench.database, attempt.job_id).heartbeat > 1)

    answer(bench)
    thread.join()

    assert ends == [None]


def test_a_fetching_process_dies_with_its_supervisor(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path)]) as supervisor:
        eventually(lambda: trainers(tmp_path))

        supervisor.send_signal(signal.SIGKILL)

        eventually(lambda: not trainers(tmp_path), 10)
