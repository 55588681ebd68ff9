"""How the weights are found, and when to stop looking."""

from typing import Annotated, Literal

from pydantic import Field

from core.spec.base import Seed, Spec

Beta = Annotated[float, Field(ge=0, lt=1)]


class Optimization(Spec):
    """Optimizer, schedule, batches and views. The teacher is trained with the same settings."""

    epochs: int = Field(60, ge=1, le=10_000, description="passes over the training split, for the student")
    batch_size: int = Field(128, ge=1, le=65_536, description="images or rows in a step; of images 2 or more")
    accumulation: int = Field(
        1, ge=1, le=4096, description="parts of a batch whose gradients are added up: less memory, one step"
    )
    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float | None = Field(
        None, gt=0, le=1e3, description="at its peak; null: 0.1 · batch_size / 256 for sgd, 1e-3 for adamw"
    )
    schedule: Literal["cosine", "constant"] = Field(
        "cosine", description="of the learning rate, after warm-up"
    )
    warmup_epochs: int | None = Field(
        None, ge=0, le=1000, description="linear rise from 0; null: 5, at most a fifth of the epochs"
    )
    momentum: float = Field(0.9, ge=0, lt=1, description="sgd only")
    betas: Annotated[tuple[Beta, Beta], Field(strict=False)] = Field((0.9, 0.999), description="adamw only")
    weight_decay: float = Field(0.0, ge=0, le=10, description="the optimizer's own decay")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto",
        description="of forward passes; `auto`: bfloat16 on GPUs that have it, else float32. With float16 "
        "the loss is scaled, and a step whose gradient overflows is left out",
    )
    augmentation: Literal["none", "crop", "standard"] = Field(
        "standard", description="`crop`: pad 4 and crop; `standard`: crop and horizontal flip"
    )
    view_seed: Seed = Field(0, description="of the augmented views; does not follow `seed`")
    teacher_cache: Literal["auto", "on", "off"] = Field(
        "auto", description="look the teacher's logits up by view; `auto`: where views can be listed"
    )
    compile: Literal["auto", "on", "off"] = Field(
        "auto",
        description="compile the student's training step; `auto`: where it is expected to save more time "
        "than it takes. Without a C++ compiler on the worker the step is interpreted, and the log says so",
    )


class Stopping(Spec):
    """When to end before the last epoch. Each is judged at the end of an epoch; all but `max_seconds` wait
    until every limit is as strict as it was asked to become."""

    patience_epochs: int | None = Field(
        None, ge=1, le=10_000, description="epochs without a better validation"
    )
    target_loss: float | None = Field(None, gt=0, le=1e6, description="mean training objective of an epoch")
    target_accuracy: float | None = Field(None, gt=0, le=1, description="validation accuracy of the student")
    max_seconds: float | None = Field(None, gt=0, le=1e8, description="of the distil phase")
