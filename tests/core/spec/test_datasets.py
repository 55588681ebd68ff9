"""Data sets by name, and those that somebody uploaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.spec.checks import problems, training_images
from core.spec.datasets import Builtin, DatasetFacts, Subset, Uploaded
from core.spec.job import JobSpec
from core.spec.problems import explain
from core.spec.resolve import resolve
from tests.builders import a_spec

ID = "ds_01M7ZQEM9ZS08WD84ZQSJRHJFV"
PHOTOGRAPHS = DatasetFacts("photographs", 20, 224, 2000, 0)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("mnist", Builtin(name="mnist")),
        ({"name": "mnist"}, Builtin(name="mnist")),
        (ID, Uploaded(id=ID)),
        ({"id": ID, "image_size": 32}, Uploaded(id=ID, image_size=32)),
        ({"kind": "uploaded", "id": ID, "resize": "squash"}, Uploaded(id=ID, resize="squash")),
        ({"name": "digits", "subset": {"per_class": 5}}, Builtin(name="digits", subset=Subset(per_class=5))),
    ],
)
def test_a_set_is_meant_by_its_name_or_its_id(sent: Any, meant: Any) -> None:
    assert a_spec(dataset=sent).dataset == meant


@pytest.mark.parametrize(
    ("sent", "place", "code"),
    [
        ({"kind": "uploded", "id": ID}, "/dataset/kind", "literal_error"),
        ({"kind": None}, "/dataset/kind", "literal_error"),
        ({"kind": "uploaded"}, "/dataset/id", "missing"),
        ({"kind": "uploaded", "name": "digits", "id": ID}, "/dataset/name", "unknown_field"),
        ({"id": ID, "image_size": 7}, "/dataset/image_size", "greater_than_equal"),
        ({"id": ID, "resize": "pad"}, "/dataset/resize", "literal_error"),
        ({"name": "digits", "image_size": 32}, "/dataset/image_size", "unknown_field"),
        ({"name": "digits", "subset": {"per_class": 1}}, "/dataset/subset/per_class", "greater_than_equal"),
        ({"name": "digits", "subset": 5}, "/dataset/subset", "object_type"),
        ("ds_1", "/dataset", "string_pattern_mismatch"),
        (5, "/dataset", "object_type"),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(sent: Any, place: str, code: str) -> None:
    document = {"dataset": sent}

    with pytest.raises(ValidationError) as refused:
        JobSpec.model_validate(document)

    (found,) = explain(refused.value.errors(), document, JobSpec)
    assert (found.pointer, found.code) == (place, code)


@pytest.mark.parametrize(
    ("dataset", "images"),
    [
        ({"name": "cifar10", "subset": {"per_class": 500}}, 4500),  # 10 · 500 · 0.9
        ({"name": "cifar10", "subset": {"per_class": 9000}}, 45_000),
        ({"name": "digits", "subset": {"per_class": 50}}, 450),
        (ID, 1440),  # 2,000 · 0.8 · 0.9
        ({"id": ID, "subset": {"per_class": 10}}, 180),
    ],
)
def test_a_subset_has_fewer_images_to_train_on(dataset: Any, images: int) -> None:
    assert training_images(a_spec(dataset=dataset), PHOTOGRAPHS) == images


def test_a_batch_must_not_be_larger_than_the_subset() -> None:
    asked = {"name": "mnist", "subset": {"per_class": 10}}

    (found,) = problems(a_spec(dataset=asked, optimization={"batch_size": 128}))

    assert (found.pointer, found.code) == ("/optimization/batch_size", "less_than_equal")
    assert problems(a_spec(dataset=asked, optimization={"batch_size": 90})) == ()


def test_a_batch_that_nobody_asked_for_fits_the_images() -> None:
    few = a_spec(dataset={"name": "mnist", "subset": {"per_class": 10}})

    resolved, origins = resolve(few)

    assert problems(few) == ()
    assert resolved.optimization.batch_size == 45
    assert resolved.optimization.learning_rate == 0.1 * 45 / 256
    assert origins["/optimization/batch_size"] == "rule: half of the training images, which are few"
    assert resolve(resolved)[0] == resolved


def test_a_batch_has_two_images_or_more() -> None:
    tiny = DatasetFacts("a few", 2, 32, train_images=5, test_images=5)
    tiniest = DatasetFacts("one", 2, 32, train_images=1, test_images=5)

    assert resolve(a_spec(dataset=ID), tiny)[0].optimization.batch_size == 2
    assert [found.pointer for found in problems(a_spec(dataset=ID), tiniest)] == ["/optimization/batch_size"]


def test_parts_are_those_of_the_batch_that_fits() -> None:
    asked = {"name": "mnist", "subset": {"per_class": 10}}

    (found,) = problems(a_spec(dataset=asked, optimization={"accumulation": 30}))

    assert (found.pointer, found.code) == ("/optimization/accumulation", "less_than_equal")
    assert problems(a_spec(dataset=asked, optimization={"accumulation": 22})) == ()


def test_of_an_unknown_set_what_depends_on_it_is_left_open() -> None:
    spec = a_spec(dataset=ID, optimization={"batch_size": 5000})

    resolved, origins = resolve(spec)

    assert problems(spec) == ()
    assert training_images(spec) is None
    assert (resolved.student.stem, resolved.dataset.image_size) == ("auto", None)
    assert origins["/student/stem"] == "default"


def test_of_a_known_set_it_is_checked_and_filled_in() -> None:
    spec = a_spec(dataset=ID, optimization={"batch_size": 5000})

    resolved, origins = resolve(spec, PHOTOGRAPHS)

    assert [found.pointer for found in problems(spec, PHOTOGRAPHS)] == ["/optimization/batch_size"]
    assert (resolved.student.stem, resolved.dataset.image_size) == ("imagenet", 224)
    assert origins["/dataset/image_size"] == "rule: as the data set was packed"
    assert origins["/student/stem"] == "rule: images of 224 px"
    assert resolve(resolved, PHOTOGRAPHS)[0] == resolved


def test_the_size_that_was_asked_for_decides_about_the_stem() -> None:
    resolved, origins = resolve(a_spec(dataset={"id": ID, "image_size": 64}), PHOTOGRAPHS)

    assert resolved.student.stem == "small"
    assert origins["/dataset/image_size"] == "given"
