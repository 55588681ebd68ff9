"""The environment is read once, and secrets do not leak out of it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import (
    SECRETS,
    BadEnvironment,
    Settings,
    child_environment,
    read,
    read_or_exit,
    trainer_environment,
)

LONGEST_SOCKET_PATH = 107


def test_everything_lies_in_the_home_unless_said_otherwise(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    assert settings.database == f"sqlite:///{tmp_path}/distillery.sqlite"
    assert settings.files == tmp_path / "files"
    assert {settings.work, settings.datasets, settings.api_key_file.parent} <= {
        tmp_path,
        *settings.work.parents,
    } | {
        tmp_path / "work",
        tmp_path / "datasets",
    }


def test_the_home_follows_the_desktop_convention(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert Settings().home == tmp_path / "distillery"


def test_the_environment_names_other_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "postgresql://me:secret@db/distillery")
    monkeypatch.setenv("DISTILLERY_BROKER_URL", "redis://:secret@broker/0")
    monkeypatch.setenv("DISTILLERY_FILES_URL", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("DISTILLERY_LEASE_SECONDS", "5")

    settings = Settings()

    assert settings.database == "postgresql://me:secret@db/distillery"
    assert settings.broker == "redis://:secret@broker/0"
    assert settings.files == tmp_path / "elsewhere"
    assert settings.lease_seconds == 5


def test_a_variable_that_is_set_to_nothing_is_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DATABASE_URL", "BROKER_URL", "FILES_URL", "KEY", "LEASE_SECONDS"):
        monkeypatch.setenv(f"DISTILLERY_{name}", "")

    settings = Settings(home=tmp_path)

    assert settings.database == f"sqlite:///{tmp_path}/distillery.sqlite"
    assert settings.broker.startswith("redis+socket://")
    assert settings.key is None
    assert settings.lease_seconds == 60


def test_an_empty_list_of_gpus_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    assert Settings().visible_gpus == ""


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_KEY", "dk_0123_hushhush")
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "postgresql://me:hushhush@db/distillery")
    monkeypatch.setenv("DISTILLERY_BROKER_URL", "redis://:hushhush@broker/0")

    assert "hushhush" not in repr(Settings())
    assert "hushhush" not in str(Settings())
    assert "hushhush" not in Settings().model_dump_json()


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings(home=tmp_path).home = tmp_path / "other"


def test_a_lease_lasts(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Settings(home=tmp_path, lease_seconds=0)


@pytest.mark.parametrize("depth", [1, 40])
def test_the_path_of_the_socket_stays_short(
    depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    home = tmp_path.joinpath(*["folder"] * depth)

    assert len(str(Settings(home=home).broker_socket)) <= LONGEST_SOCKET_PATH


def test_each_home_has_a_runtime_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    one, other = Settings(home=tmp_path / "one"), Settings(home=tmp_path / "other")

    assert one.runtime != other.runtime
    assert one.runtime.parent == tmp_path
    assert one.runtime == Settings(home=tmp_path / "x" / ".." / "one").runtime


def test_a_trainer_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "postgresql://me:hushhush@db/distillery")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hushhush")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")

    seen = trainer_environment()

    assert "hushhush" not in str(seen)
    assert not [name for name in seen if name.startswith("DISTILLERY_")]
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"


def test_a_child_serves_the_same_home(tmp_path: Path) -> None:
    assert child_environment(Settings(home=tmp_path))["DISTILLERY_HOME"] == str(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LEASE_SECONDS", "soon", "DISTILLERY_LEASE_SECONDS=soon: Input should be a valid number"),
        ("LEASE_SECONDS", "-1", "DISTILLERY_LEASE_SECONDS=-1: Input should be greater than 0"),
        ("DRAIN_SECONDS", "inf", "DISTILLERY_DRAIN_SECONDS=inf: Input should be less than or equal to"),
        ("STALL_SECONDS", "nan", "DISTILLERY_STALL_SECONDS=nan: Input should be"),
        ("FAULT", "anywhere", "DISTILLERY_FAULT=anywhere: String should match pattern"),
        ("DATABASE_URL", "mysql://me:hushhush@db", "DISTILLERY_DATABASE_URL: must start with sqlite://"),
        ("BROKER_URL", "hushhush", "DISTILLERY_BROKER_URL: must start with redis:// or rediss://"),
    ],
)
def test_a_variable_that_is_wrong_is_named_with_its_value_unless_that_is_secret(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DISTILLERY_{name}", value)

    with pytest.raises(BadEnvironment) as refused:
        read()

    assert refused.value.detail.startswith(said)
    assert "hushhush" not in refused.value.detail


def test_every_variable_that_is_wrong_has_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISTILLERY_LEASE_SECONDS", "soon")
    monkeypatch.setenv("DISTILLERY_STALL_SECONDS", "0")

    with pytest.raises(SystemExit) as ended:
        read_or_exit()

    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("=")[0] for line in lines] == [
        "DISTILLERY_STALL_SECONDS", "DISTILLERY_LEASE_SECONDS",
    ]  # fmt: skip


def test_every_secret_is_known_as_one() -> None:
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}

    assert secret == set(SECRETS)


@pytest.mark.parametrize(
    "url", ["sqlite:///x.sqlite", "sqlite://", "postgresql:///d?host=/run", "postgresql+psycopg://h/d"]
)
def test_databases_of_every_kind_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", url)

    assert read().database == url
