"""The tables of what people bring: data sets and models, and the light work that makes them usable.

A *model* is a neural network's weights, never a table. A *chore* is work that takes seconds, and no GPU.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables import Table


class Dataset(Table):
    """A data set that a person brought. Its pixels lie in packs.

    source    `upload`: `digest` names the archive that was sent; `folder`: `folder` is where it lies
    facts     once it is ready: classes, images, side; or rows and columns of a table
    error     once it is refused: why
    """

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    folder: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    image_size: Mapped[int | None]
    resize: Mapped[str] = mapped_column(String(16))
    names_encoding: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[dict[str, Any] | None]
    preview: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    error: Mapped[dict[str, Any] | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (Index("ix_datasets_owner_id", "owner", "id"),)


class Pack(Table):
    """The pixels of a data set at one size, in one file that trainers map into memory.

    source     the name of a set that everybody knows, or the id of one that a person brought
    variant    size and rule, where they are not those of the set itself
    """

    __tablename__ = "packs"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    variant: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    created_at: Mapped[datetime]


class Model(Table):
    """Weights to start from or to learn from: uploaded, or trained by a job.

    recipe      of a teacher that a job trained: what all its weights follow from
    classes     names, in the order of the outputs
    measured    accuracies, by the data set they were measured on
    """

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    job_id: Mapped[str | None] = mapped_column(String(40))
    recipe: Mapped[str | None] = mapped_column(String(64))
    architecture: Mapped[str | None] = mapped_column(String(64))
    width: Mapped[float | None]
    stem: Mapped[str | None] = mapped_column(String(16))
    classes: Mapped[list[Any] | None]
    image_size: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int]
    facts: Mapped[dict[str, Any] | None]
    measured: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_models_owner_id", "owner", "id"),
        Index("ux_models_owner_recipe", "owner", "recipe", unique=True),
    )


class Chore(Table):
    """Light work on a data set or a model. The row is the truth about it, as that of a job is.

    subject    the id of what is worked on
    attempt    the fencing number: a writer that holds an older one writes nothing
    """

    __tablename__ = "chores"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(40), index=True)
    parameters: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int]
    losses: Mapped[int]
    failures: Mapped[int]
    not_before: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    heartbeat: Mapped[int]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (Index("ix_chores_claim", "state", "id"),)
