"""A checkpoint is taken in only as it was written."""

import hashlib
from pathlib import Path
from typing import Any

from core.store import checkpoints
from tests.worker.supervising import Bench, claimed
from worker.keeping import Keeping


def reported(path: Path, sequence: int, written: bytes) -> dict[str, Any]:
    """What a trainer says of a file that it has written."""
    sha256 = hashlib.sha256(written).hexdigest()
    return {"kind": "training", "path": str(path), "sequence": sequence, "best": False, "sha256": sha256}


def test_one_that_was_damaged_on_its_way_is_told_of_and_the_one_before_counts(
    bench: Bench, tmp_path: Path
) -> None:
    attempt = claimed(bench.database, "plain")
    keeping = Keeping(bench.database, bench.files, attempt)
    for sequence, found in ((1, b"as written"), (2, b"as Written")):
        path = tmp_path / str(sequence)
        path.write_bytes(found)
        keeping.add(reported(path, sequence, b"as written"))

    (complaint,) = keeping.store()

    assert "checkpoint 2 can't be stored" in complaint
    assert not keeping.holds_something()
    with bench.database.reading() as session:
        assert [row.sequence for row in checkpoints.newest(session, attempt.job_id, "training")] == [1]
    assert len(list(bench.files.older_than(float("inf")))) == 1
