"""The command as a whole: help, typos, defects, and what it loads."""

import os
import subprocess
import sys

import click
import pytest

from app.cli.main import COMMANDS, main
from tests.app.cli.conftest import PROGRAM, Command


def test_the_command_alone_prints_help(command: Command) -> None:
    ended = command()

    assert ended.code == 0
    assert "distillery run spec.json" in ended.out
    assert all(f"  {name} " in ended.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command: Command, name: str) -> None:
    ended = command(name, "--help")

    assert ended.code == 0
    assert ended.out.startswith(f"Usage: distillery {name}")


def test_a_typo_is_answered_with_what_was_meant(command: Command) -> None:
    ended = command("pul")

    assert ended.code == 2
    assert "Did you mean 'pull'?" in ended.err
    assert command("--nope").code == 2
    assert command("ls", "--limt", "3").code == 2


def test_the_version_is_told(command: Command) -> None:
    assert command("version").out.startswith("distillery 0.")
    assert '"distillery": "0.' in command("version", "-o", "json").out


def test_a_defect_is_told_without_a_traceback(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def defective() -> None:
        raise KeyError("unforeseen")

    monkeypatch.setattr("app.cli.commands.version.version", click.Command("version", callback=defective))

    ended = command("version")

    assert ended.code == 1
    assert ended.err.startswith(
        "error: a defect of ours: KeyError: 'unforeseen'\nIt was raised in test_main.py"
    )


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_reader_that_goes_away_is_not_complained_about(output: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [*PROGRAM, "version", "-o", output], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)

    assert ended.returncode == 1
    assert ended.stderr == b""


def test_a_terminal_without_the_signs_gets_others(command: Command) -> None:
    ended = subprocess.run(
        [*PROGRAM, "--help"], env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True,
        timeout=60, check=True,
    )  # fmt: skip

    assert ended.stdout.isascii()


def test_the_command_loads_neither_the_server_nor_torch() -> None:
    code = (
        "import sys; from app.cli import main; [main.distillery.get_command(None, n) for n in main.COMMANDS"
        " if n != 'up']; print(*sys.modules)"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert not {"torch", "fastapi", "sqlalchemy", "celery", "uvicorn"} & set(loaded.stdout.split())


def test_main_can_be_called_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("distillery")
