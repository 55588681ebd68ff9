"""distillery validate."""

import json
from pathlib import Path

from app.client import Distillery
from tests.app.cli.conftest import Command


def test_a_sound_spec_shows_what_would_be_used(command: Command, service: Distillery, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text("dataset: digits\noptimization: {epochs: 5}\n")

    ended = command("validate", "spec.yaml", "--set", "optimization.batch_size=64")

    assert ended.code == 0
    lines = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert lines["optimization.epochs"] == ["5", "given"]
    assert lines["optimization.batch_size"] == ["64", "given"]
    assert lines["optimization.learning_rate"][:2] == ["0.025", "rule:"]
    assert list(service.jobs.list()) == []
    assert (lines["dataset.subset"][0], lines["regularizers"][0]) == ("null", "[]")
    assert lines["teacher.source.reuse"][0] == "true"


def test_a_spec_that_is_not_valid_shows_where(command: Command) -> None:
    ended = command("validate", "--set", "student.width=9", "--set", "regularizers[0]=l3")

    assert ended.code == 10
    assert ended.out == ""
    assert "  /student/width: Input should be less than or equal to 4 (got 9)" in ended.err
    assert "/regularizers/0" in ended.err


def test_a_validation_is_told_as_json(command: Command) -> None:
    good = command("validate", "-o", "json")
    bad = command("validate", "--set", "student.width=9", "-o", "json")

    assert (good.code, json.loads(good.out)["valid"]) == (0, True)
    assert (bad.code, json.loads(bad.out)["errors"][0]["pointer"]) == (10, "/student/width")


def test_a_warning_does_not_make_a_spec_invalid(command: Command) -> None:
    ended = command("validate", "--set", "student=resnet18")

    assert ended.code == 0
    assert ended.err.startswith("warning: /student")
