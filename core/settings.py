"""The environment, read once into one frozen object. Nothing else reads it."""

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import DistilleryError


def _default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "distillery"


# What a trainer may see of the environment: no database, no broker, no keys.
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME",
    "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
    "PYTHONPATH", "VIRTUAL_ENV",
)  # fmt: skip


class BadEnvironment(DistilleryError):
    """A variable of the environment holds what it can't."""

    code = "bad_environment"


def _address(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    """A URL of one of these kinds. It may hold a password: what it is else is not looked at, nor told."""

    def check(url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise PydanticCustomError("url", "must start with {kinds}", {"kinds": _either(schemes)})
        return url

    return check


def _either(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)


DatabaseUrl = Annotated[
    SecretStr, AfterValidator(_address("sqlite", "postgresql", "postgresql+psycopg", "postgres"))
]
BrokerUrl = Annotated[SecretStr, AfterValidator(_address("redis", "rediss", "redis+socket"))]
# Longer than any machine lives, and short enough to be added to a date.
Seconds = Annotated[float, Field(gt=0, le=1e9)]
Rate = Annotated[float, Field(ge=0, le=1e9)]
# Shown to nobody who reads a log.
SECRETS = ("key", "database_url", "broker_url")


class Settings(BaseSettings):
    """Where things lie and how long to wait. Every field is an environment variable DISTILLERY_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="DISTILLERY_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_default_home, description="everything of a local service")
    url: str | None = Field(None, description="of the API, for the client and the command")
    key: SecretStr | None = Field(None, description="an API key, for the client and the command")
    database_url: DatabaseUrl | None = Field(None, description="SQLAlchemy URL; unset: SQLite in the home")
    broker_url: BrokerUrl | None = Field(None, description="Redis or Valkey; unset: the local socket")
    files_url: str | None = Field(None, description="folder of the file store; unset: in the home")
    checkpoint_seconds: Seconds = Field(60.0, description="between checkpoints, at most")
    stall_seconds: Seconds = Field(600.0, description="a trainer without a step is killed")
    drain_seconds: Seconds = Field(30.0, description="to write a checkpoint when told to")
    orphan_seconds: Annotated[float, Field(ge=0, le=1e9)] = Field(
        86_400.0, description="age of files to be removed"
    )
    fault: str | None = Field(
        None, pattern="^[^:]+:[0-9]+:(kill|raise|sleep)$", description="for tests: where to fail"
    )
    streams_per_key: int = Field(2000, ge=1, le=1_000_000, description="open streams of events, at most")
    rate_per_second: Rate = Field(500.0, description="requests of one key, on average; 0: no limit at all")
    rate_burst: Annotated[int, Field(ge=1, le=10**9)] = Field(
        2000, description="requests of one key at once, before the average counts"
    )
    packing_seconds: Seconds = Field(3_600.0, description="to pack a data set, at most")
    folders: str = Field("", description="where data sets may lie on the service's side, separated by colons")
    weights_url: str | None = Field(
        None, pattern="^(https?|file)://", description="folder of torchvision's weights; unset: its own"
    )
    upload_bytes: Annotated[int, Field(gt=0, le=2**50)] = Field(
        20 * 2**30, description="of one upload, at most"
    )
    predict_seconds: Seconds = Field(20.0, description="to wait for a prediction, at most")
    cache_bytes: Annotated[int, Field(ge=0, le=2**50)] = Field(
        10 * 2**30, description="of teachers' logits that jobs of a machine share; 0: they share none"
    )
    lease_seconds: Seconds = Field(60.0, description="a silent worker loses its job after")

    gpus_per_job: int = Field(
        1, ge=1, le=8, description="GPUs of a worker's slot: no job gets more, and jobs share none"
    )
    visible_gpus: str | None = Field(None, validation_alias="CUDA_VISIBLE_DEVICES")
    worker_id: str | None = Field(None, description="set by a worker for the processes it starts")
    trainer: str = Field(
        "worker.engine", description="module that runs one attempt; tests put a stand-in here"
    )

    @model_validator(mode="before")
    @classmethod
    def set_to_nothing_is_not_set(cls, values: dict[str, Any]) -> dict[str, Any]:
        # As compose files pass on what is unset. An empty list of GPUs, though, means none.
        return {k: v for k, v in values.items() if v != "" or k == "CUDA_VISIBLE_DEVICES"}

    @cached_property
    def database(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.database_file}"

    @cached_property
    def database_file(self) -> Path | None:
        """None where the database is another one than that of the home."""
        return self.home / "distillery.sqlite" if self.database_url is None else None

    @cached_property
    def broker(self) -> str:
        if self.broker_url is not None:
            return self.broker_url.get_secret_value()
        return f"redis+socket://{self.broker_socket}"

    @cached_property
    def redis(self) -> str:
        """The broker, as a Redis client calls it."""
        return self.broker.replace("redis+socket://", "unix://")

    @cached_property
    def broker_socket(self) -> Path:
        """In the runtime folder, since a socket's path may be 107 bytes long at most."""
        return self.runtime / "broker.sock"

    @cached_property
    def runtime(self) -> Path:
        """A short-lived folder of this home's own."""
        base = os.environ.get("XDG_RUNTIME_DIR")
        parent = Path(base) if base and Path(base).is_dir() else Path(f"/tmp/distillery-{os.getuid()}")
        return parent / f"distillery-{_short_name(self.home)}"

    @cached_property
    def armed_fault(self) -> str | None:
        """The fault of a test, which happens once in all processes of this home."""
        return f"{self.fault}:{self.home / 'fault-fired'}" if self.fault else None

    def drain_file(self, worker_id: str) -> Path:
        """Exists while that worker is shutting down; its supervisors look for it."""
        return self.runtime / f"drain-{worker_id}"

    @cached_property
    def files(self) -> Path:
        return Path(self.files_url) if self.files_url else self.home / "files"

    @cached_property
    def work(self) -> Path:
        """Work folders of running attempts; may vanish at any time."""
        return self.home / "work"

    @cached_property
    def datasets(self) -> Path:
        """Packed data sets that trainers map into memory."""
        return self.home / "datasets"

    @cached_property
    def teacher_cache(self) -> Path:
        """What teachers have answered, for the next job that asks the same; may vanish at any time."""
        return self.home / "teacher-cache"

    @cached_property
    def api_key_file(self) -> Path:
        return self.home / "api-key"

    @cached_property
    def url_file(self) -> Path:
        return self.home / "url"


def read(**given: Any) -> Settings:
    """The settings of the environment, but for those that are given.

    BadEnvironment    with a line for each variable that is wrong
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadEnvironment("\n".join(map(_complaint, error.errors()))) from error


def read_or_exit(**given: Any) -> Settings:
    """For programs: what is wrong with the environment ends them as a wrong option does, with code 2."""
    try:
        return read(**given)
    except BadEnvironment as error:
        sys.stderr.write(f"{error.detail}\n")
        sys.exit(2)


def _complaint(finding: Any) -> str:
    field = str(finding["loc"][0])
    name = f"DISTILLERY_{field.upper()}" if field in Settings.model_fields else field
    value = "" if field in SECRETS else f"={str(finding['input'])[:100]}"
    return f"{name}{value}: {finding['msg']}"


def trainer_environment() -> dict[str, str]:
    """The part of the environment that a trainer is given."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that serves the same home."""
    return os.environ | {"DISTILLERY_HOME": str(settings.home)}


def _short_name(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
