"""What a person may ask for, and what is refused at the door."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.spec import JobSpec
from core.spec.base import Spec
from core.spec.logit_terms import SoftTargets
from core.spec.models import Random, Student, Train
from core.spec.regularizers import L2
from tests.builders import a_spec


def codes(document: Any) -> list[str]:
    """What pydantic finds wrong with it."""
    with pytest.raises(ValidationError) as refused:
        JobSpec.model_validate(document)
    return [error["type"] for error in refused.value.errors()]


def subclasses(of: type[Spec]) -> list[type[Spec]]:
    return [of, *(found for child in of.__subclasses__() for found in subclasses(child))]


def test_an_empty_spec_is_a_whole_job() -> None:
    spec = a_spec()

    assert spec.task == "image-classification"
    assert spec.dataset.name == "cifar10"
    assert (spec.teacher.architecture, spec.teacher.source) == ("resnet18", Train(epochs=30))
    assert (spec.student.architecture, spec.student.source) == ("mobilenet_v2", Random())
    assert spec.method.terms == (SoftTargets(weight=0.9, temperature=4.0),)
    assert (spec.regularizers, spec.exports, spec.tags) == ((), (), ())
    assert (spec.seed, spec.priority, spec.resources.gpus) == (0, 50, "auto")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"student": "resnet18"}, {"student": {"architecture": "resnet18"}}),
        ({"teacher": "mobilenet_v2"}, {"teacher": {"architecture": "mobilenet_v2"}}),
        ({"teacher": {"source": "train"}}, {"teacher": {"source": {"kind": "train"}}}),
        ({"student": {"source": "random"}}, {"student": {"source": {"kind": "random"}}}),
        ({"dataset": "digits"}, {"dataset": {"kind": "builtin", "name": "digits"}}),
        ({"method": "hard_targets"}, {"method": {"terms": [{"kind": "hard_targets"}]}}),
        ({"method": {"terms": ["soft_targets"]}}, {"method": {"terms": [{"kind": "soft_targets"}]}}),
        ({"regularizers": ["l2"]}, {"regularizers": [{"kind": "l2"}]}),
        ({"exports": ["onnx"]}, {"exports": [{"kind": "onnx", "opset": 18}]}),
    ],
)
def test_a_bare_word_stands_for_the_object(short: dict[str, Any], long: dict[str, Any]) -> None:
    assert a_spec(**short) == a_spec(**long)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", "5"),
        ("seed", 5.0),
        ("seed", True),
        ("priority", "50"),
        ("name", 5),
        ("tags", "one"),
        ("tags", {"one": 1}),
        ("tags", [1]),
        ("optimization", {"learning_rate": "0.1"}),
        ("optimization", {"learning_rate": True}),
        ("optimization", {"betas": ["0.9", 0.9]}),
        ("evaluation", {"latency_batches": ["1"]}),
        ("evaluation", {"latency_batches": [True]}),
        ("resources", {"gpus": True}),
        ("regularizers", [{"kind": "l2", "per_sample": 1}]),
        ("regularizers", [{"kind": "l2", "per_sample": "true"}]),
        ("student", None),
    ],
)
def test_no_value_is_coerced_from_another_type(field: str, value: Any) -> None:
    assert codes({field: value})


def test_a_whole_number_is_a_number() -> None:
    assert a_spec(optimization={"learning_rate": 1}).optimization.learning_rate == 1.0


@pytest.mark.parametrize("spec_class", subclasses(Spec), ids=lambda found: found.__name__)
def test_every_spec_is_closed_frozen_and_strict(spec_class: type[Spec]) -> None:
    settings = spec_class.model_config

    assert settings["extra"] == "forbid"
    assert settings["frozen"] is True
    assert settings["strict"] is True
    assert settings["allow_inf_nan"] is False


def test_an_unknown_field_is_refused_at_every_depth() -> None:
    assert codes({"sed": 1}) == ["extra_forbidden"]
    assert codes({"optimization": {"lr": 1}}) == ["extra_forbidden"]
    assert codes({"regularizers": [{"kind": "l2", "weight": 1}]}) == ["extra_forbidden"]
    assert codes({"teacher": {"source": {"kind": "train", "epoch": 1}}}) == ["extra_forbidden"]


def test_a_spec_does_not_change() -> None:
    spec = a_spec(regularizers=["l2"])

    with pytest.raises(ValidationError, match="frozen"):
        spec.seed = 1
    with pytest.raises(ValidationError, match="frozen"):
        spec.regularizers[0].strength = 1.0
    assert hash(spec) == hash(a_spec(regularizers=[L2()]))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_are_finite(number: float) -> None:
    assert codes({"optimization": {"learning_rate": number}}) == ["finite_number"]


def test_a_gradient_clip_has_exactly_one_limit() -> None:
    assert codes({"regularizers": ["gradient_clipping"]}) == ["one_of"]
    assert codes({"regularizers": [{"kind": "gradient_clipping", "max_abs": 1, "max_norm": 1}]}) == ["one_of"]
    assert a_spec(regularizers=[{"kind": "gradient_clipping", "max_norm": 1}])


def test_names_are_kept_in_normal_form() -> None:
    decomposed = "Ve\u0301ro\u0301nique"

    assert a_spec(name=decomposed).name == "V\u00e9r\u00f3nique"


@pytest.mark.parametrize(
    "text",
    [
        "a\u202eb",  # right-to-left override: shows another text than it is
        "a\u0007b",
        "a\nb",
        "a\u2066b",
        "\ufeffa",
        "\ue000",
        "\ud800",
        "",
        "x" * 201,
    ],
)
def test_what_cannot_be_printed_is_no_name(text: str) -> None:
    assert codes({"name": text})


@pytest.mark.parametrize("blank", [" ", "   ", "\u200d", " \u200c "])
def test_what_cannot_be_seen_is_no_name(blank: str) -> None:
    assert codes({"name": blank}) == ["blank"]
    assert codes({"tags": [blank]}) == ["blank"]


def test_spaces_around_a_name_do_not_count() -> None:
    assert a_spec(name="  my job ").name == "my job"


def test_a_tag_counts_once() -> None:
    assert a_spec(tags=["b", "a", " b", "ve\u0301", "v\u00e9"]).tags == ("b", "a", "v\u00e9")


def test_the_schema_says_what_a_name_and_a_tag_is() -> None:
    fields = JobSpec.model_json_schema()["properties"]

    assert "not only spaces" in fields["name"]["description"]
    assert "counts once" in fields["tags"]["description"]
    assert fields["name"]["anyOf"][0]["pattern"] == fields["tags"]["items"]["pattern"] == r"\S"


@pytest.mark.parametrize(
    "text", ["模型", "שלום", "مرحبا", "👩\u200d🔬", "❤\ufe0f", "می\u200cخواهم", "<script>alert(1)</script>"]
)
def test_every_script_and_emoji_is_a_name(text: str) -> None:
    assert a_spec(name=text, tags=[text]).name == text


def test_normal_form_does_not_lead_around_the_limits() -> None:
    grows = "\ufb2c"  # one character, three in normal form C

    assert codes({"name": grows * 200}) == ["string_too_long"]
    assert codes({"tags": [grows * 64]}) == ["string_too_long"]
    assert len(a_spec(name=grows * 66).name or "") == 198


def test_a_spec_survives_json() -> None:
    spec = a_spec(name="x", student="resnet18", regularizers=["l2", {"kind": "dropout", "rate": 0.5}])

    assert JobSpec.model_validate(spec.model_dump(mode="json")) == spec
    assert isinstance(spec.student, Student)


@pytest.mark.parametrize("name", ["@last", "@", "job_01M7ZQEM9ZS08WD84ZQSJRHJFV"])
def test_a_name_that_would_mean_another_job_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="can't begin with @"):
        a_spec(name=name)


@pytest.mark.parametrize("name", ["a@last", "job_1", "me@home"])
def test_other_names_may_look_like_it(name: str) -> None:
    assert a_spec(name=name).name == name
