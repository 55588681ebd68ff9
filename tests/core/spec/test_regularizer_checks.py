"""What is wrong with a regularizer is told before anything is queued, and where."""

from typing import Any

import pytest

from core.spec import JobSpec
from core.spec import regularizers as specs
from core.spec.checks import problems, warnings
from tests.builders import a_spec

KINDS = (*specs.SOFT, *specs.HARD)
LIMITED: dict[str, dict[str, Any]] = {"gradient_clipping": {"max_norm": 1.0}}  # what a kind can't do without
AIMED = [kind for kind in KINDS if "target" in kind.model_fields]
OF_CLASSES = [kind for kind in specs.SOFT if kind.needs_classes]

CLASSES: dict[str, Any] = {
    "task": "tabular-classification", "dataset": "iris", "teacher": "mlp", "student": "mlp",
    "optimization": {"batch_size": 8},
}  # fmt: skip
MEASURES = {**CLASSES, "task": "tabular-regression", "dataset": "diabetes", "method": "logit_mse"}


def of(kind: type[specs.Soft] | type[specs.Hard], **fields: Any) -> dict[str, Any]:
    name = kind.model_fields["kind"].default
    return {"kind": name, **LIMITED.get(name, {}), **fields}


def found(*regularizers: Any, **asked: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in problems(a_spec(**asked, regularizers=list(regularizers)))]


def warned(*regularizers: Any, **asked: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in warnings(a_spec(**asked, regularizers=list(regularizers)))]


def named(kind: type) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_each_stands_alone_as_it_is(kind: type[specs.Soft] | type[specs.Hard]) -> None:
    target = {"target": "features.0.0"} if kind is specs.Freeze else {}

    assert found(of(kind, **target)) == []


def test_all_stand_together() -> None:
    every = [of(kind, **({"target": "features.0.*"} if kind is specs.Freeze else {})) for kind in KINDS]

    assert found(*every) == []


def test_these_can_be_aimed_at_layers() -> None:
    others = {kind for kind in KINDS if kind not in AIMED}

    assert others == {
        specs.NormProduct, specs.ConfidencePenalty, specs.Guided, specs.Dropout, specs.InputNoise,
        specs.LabelSmoothing, specs.Mixup,
    }  # fmt: skip


@pytest.mark.parametrize("kind", AIMED, ids=named)
@pytest.mark.parametrize("asked", [{}, CLASSES], ids=["images", "rows"])
def test_a_pattern_that_names_no_layer_is_pointed_at(kind: Any, asked: dict[str, Any]) -> None:
    (problem,) = problems(a_spec(**asked, regularizers=["l2", of(kind, target="nowhere.*")]))

    assert (problem.pointer, problem.code) == ("/regularizers/1/target", "no_such_layer")
    assert problem.got == "nowhere.*"
    assert "layers are named like" in problem.detail


@pytest.mark.parametrize("kind", [specs.Freeze, specs.GradientClipping, specs.GradientNoise], ids=named)
def test_some_act_on_normalisations_too(kind: Any) -> None:
    assert found(of(kind, target="features.0.1")) == []
    assert found({"kind": "l2", "target": "features.0.1"}) == [("/regularizers/0/target", "no_such_layer")]


def test_not_everything_can_be_frozen() -> None:
    assert found({"kind": "freeze"}) == [("/regularizers/0/target", "nothing_to_learn")]
    halves = [{"kind": "freeze", "target": target} for target in ("features.*", "classifier.*")]
    assert found(*halves) == [(f"/regularizers/{n}/target", "nothing_to_learn") for n in (0, 1)]


def test_who_acts_on_frozen_layers_alone_is_refused() -> None:
    freeze = {"kind": "freeze", "target": "features.*"}

    assert found({"kind": "l2", "target": "features.1*"}, freeze) == [
        ("/regularizers/0/target", "all_frozen")
    ]
    assert found({"kind": "norm_product", "layers": ["features.1*"]}, freeze) == [
        ("/regularizers/0/layers", "all_frozen")
    ]
    assert found("l2", freeze) == []


def test_a_limit_that_passes_over_frozen_layers_is_worth_a_warning() -> None:
    freeze = {"kind": "freeze", "target": "features.0.*"}

    assert warned("max_norm", "l2", freeze) == [("/regularizers/0/kind", "passes_over_frozen")]
    assert warned({"kind": "max_norm", "target": "classifier.*"}, freeze) == []


def test_these_are_about_classes() -> None:
    assert [specs.ConfidencePenalty, specs.Guided, specs.LabelSmoothing, specs.Mixup] == OF_CLASSES


@pytest.mark.parametrize("kind", OF_CLASSES, ids=named)
def test_what_is_about_classes_has_nothing_to_say_of_measures(kind: Any) -> None:
    known = {"source": "teacher_prototypes"} if kind is specs.Guided else {}

    assert found(of(kind, **known), **MEASURES) == [("/regularizers/0/kind", "other_task")]
    assert found(of(kind, **known), **CLASSES) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_CLASSES], ids=named)
def test_all_others_are_at_home_there(kind: Any) -> None:
    target = {"target": "hidden1"} if kind is specs.Freeze else {}

    assert found(of(kind, **target), **MEASURES) == []


@pytest.mark.parametrize("term", ["decoupled", "normalized", "weighted_soft", "teacher_free"])
def test_beside_mixup_no_term_may_ask_for_the_label(term: str) -> None:
    assert found("mixup", method=term) == [("/method/terms/0/kind", "labels_are_mixed")]
    assert found("label_smoothing", method=term) == []


def test_rows_have_no_image_statistics() -> None:
    assert found("guided", **CLASSES) == [("/regularizers/0/source/kind", "not_applicable")]


def test_each_class_needs_its_vector() -> None:
    def vectors(count: int) -> dict[str, Any]:
        return {"kind": "guided", "source": {"kind": "vectors", "values": [[float(n)] for n in range(count)]}}

    assert found(vectors(10)) == []
    assert found(vectors(9)) == [("/regularizers/0/source/values", "wrong_count")]


@pytest.mark.parametrize(
    ("student", "weighed", "place"),
    [
        ("linear", {}, "kind"),
        ({"architecture": "mlp", "activation": "identity"}, {}, "activations"),
        ("mlp", {"activations": ["tanh"]}, "activations"),
        ("mlp", {"target": "output"}, "target"),
    ],
)
def test_weights_are_weighed_before_activations_only(
    student: Any, weighed: dict[str, Any], place: str
) -> None:
    asked = {**CLASSES, "student": student}

    refused = found({"kind": "activation_weight", **weighed}, **asked)

    assert refused == [(f"/regularizers/0/{place}", "not_applicable")]


def test_activations_that_a_network_of_images_has_not_are_refused_with_those_that_it_has() -> None:
    gelu = {"kind": "activation_weight", "activations": ["gelu"]}

    (refused,) = problems(a_spec(student="mobilenet_v2", regularizers=[gelu]))

    assert (refused.pointer, refused.code) == ("/regularizers/0/activations", "not_applicable")
    assert tuple(refused.allowed) == ("relu6",)
    assert not found(gelu, student="convnext_tiny")
    assert not found({**gelu, "activations": ["gelu", "relu6"]}, student="mobilenet_v2")


@pytest.mark.parametrize("target", ["classifier.1", "features.2.conv.2"])
def test_layers_that_no_activation_follows_are_refused_with_one_that_has_one(target: str) -> None:
    (refused,) = problems(a_spec(regularizers=["l2", {"kind": "activation_weight", "target": target}]))

    assert (refused.pointer, refused.code) == ("/regularizers/1/target", "not_applicable")
    assert "'features.0.0'" in refused.detail
    assert not found({"kind": "activation_weight", "target": "features.2.*"})


def test_smoothed_labels_that_nobody_reads_are_worth_a_warning() -> None:
    asked = {"method": {"label_weight": 0, "terms": ["soft_targets"]}}

    assert warned("label_smoothing", **asked) == [("/regularizers/0/kind", "no_effect")]
    assert warned("label_smoothing") == []


@pytest.mark.parametrize(
    ("ramp", "place"),
    [({"begin": 10}, "begin"), ({"begin": 4, "epochs": 6}, "epochs"), ({"epochs": 10}, "epochs")],
)
def test_the_whole_share_must_be_reached_within_the_run(ramp: dict[str, Any], place: str) -> None:
    asked = {"optimization": {"epochs": 10}}

    assert found({"kind": "sparsity", **ramp}, **asked) == [(f"/regularizers/0/{place}", "less_than")]
    assert found({"kind": "sparsity", "begin": 4, "epochs": 5}, **asked) == []


@pytest.mark.parametrize("kind", specs.SOFT, ids=named)
def test_every_strength_may_change_over_time(kind: Any) -> None:
    schedules = ["warm_up", "cosine", {"kind": "linear", "start": 0, "end": 2, "begin": 1, "epochs": 3}]

    for schedule in schedules:
        (regularizer,) = JobSpec.model_validate({"regularizers": [of(kind, over_time=schedule)]}).regularizers
        assert regularizer.over_time.kind != "constant"  # type: ignore[union-attr]
