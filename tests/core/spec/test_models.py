"""Where the weights of teacher and student come from: what may be asked for, and what is refused at once."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.spec import JobSpec
from core.spec.checks import problems
from core.spec.models import Finetuned, FromJob, FromModel, Pretrained, Train
from core.spec.problems import explain
from core.spec.resolve import resolve
from tests.builders import a_spec

MODEL, JOB = (f"{kind}_01M7ZQEM9ZS08WD84ZQSJRHJFV" for kind in ("model", "job"))


@pytest.mark.parametrize(
    ("short", "meant"),
    [
        ("train", Train()),
        ({"epochs": 3}, Train(epochs=3)),
        ({"reuse": False}, Train(reuse=False)),
        ("pretrained", Finetuned()),
        ({"kind": "pretrained", "epochs": 2, "seed": 1}, Finetuned(epochs=2, seed=1)),
        (MODEL, FromModel(id=MODEL)),
        ({"id": MODEL}, FromModel(id=MODEL)),
        (JOB, FromJob(id=JOB)),
        ({"id": JOB}, FromJob(id=JOB)),
    ],
)
def test_what_stands_for_a_source_of_the_teacher(short: Any, meant: Any) -> None:
    assert a_spec(teacher={"source": short}).teacher.source == meant


@pytest.mark.parametrize(
    ("short", "meant"),
    [("pretrained", Pretrained()), (MODEL, FromModel(id=MODEL)), ({}, a_spec().student.source)],
)
def test_what_stands_for_a_source_of_the_student(short: Any, meant: Any) -> None:
    assert a_spec(student={"source": short}).student.source == meant


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"student": {"source": JOB}}, "/student/source", "literal_error"),
        (
            {"student": {"source": {"kind": "pretrained", "epochs": 3}}},
            "/student/source/epochs",
            "unknown_field",
        ),
        ({"teacher": {"source": {"kind": "train", "id": MODEL}}}, "/teacher/source/id", "unknown_field"),
        ({"teacher": {"source": {"kind": "model"}}}, "/teacher/source/id", "missing"),
        (
            {"teacher": {"source": {"kind": "model", "id": JOB}}},
            "/teacher/source/id",
            "string_pattern_mismatch",
        ),
        ({"teacher": {"source": "model_1"}}, "/teacher/source", "string_pattern_mismatch"),
        (
            {"teacher": {"source": {"kind": "pretrained", "weights": "v1"}}},
            "/teacher/source/weights",
            "literal_error",
        ),
        ({"teacher": {"source": 5}}, "/teacher/source", "object_type"),
    ],
)
def test_what_is_no_source_is_refused_at_its_place(asked: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        JobSpec.model_validate(asked)

    (found,) = explain(refused.value.errors(), asked, JobSpec)
    assert (found.pointer, found.code) == (pointer, code)


def test_pretrained_weights_bring_the_stem_that_they_were_trained_with() -> None:
    asked = {"architecture": "resnet18", "source": "pretrained"}
    resolved, origins = resolve(a_spec(teacher=asked, student="mobilenet_v2"))

    assert (resolved.teacher.stem, resolved.student.stem) == ("imagenet", "small")
    assert origins["/teacher/stem"] == "rule: as the pretrained weights have it"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"teacher": {"architecture": "resnet18", "stem": "small"}}, "/teacher/stem"),
        ({"student": {"architecture": "resnet18", "stem": "small"}}, "/student/stem"),
        ({"student": {"architecture": "mobilenet_v2", "width": 0.5}}, "/student/width"),
        ({"teacher": {"architecture": "densenet121", "stem": "small"}}, "/teacher/stem"),
        ({"teacher": {"architecture": "vgg16_bn", "stem": "small"}}, None),
        ({"student": {"architecture": "mobilenet_v2_stride16"}}, "/student/architecture"),
        ({"student": {"architecture": "mobilenet_v2", "stem": "small"}}, None),  # only strides are others
        ({"teacher": {"architecture": "resnet18", "stem": "imagenet"}}, None),
    ],
)
def test_a_network_for_which_there_are_no_pretrained_weights_is_refused(
    asked: Any, found: str | None
) -> None:
    ((role, network),) = asked.items()
    spec = a_spec(**{role: {**network, "source": "pretrained"}})

    assert [(error.pointer, error.code) for error in problems(spec)] == (
        [] if found is None else [(found, "not_pretrained")]
    )
    assert not problems(a_spec(**asked))  # with other weights it is sound
