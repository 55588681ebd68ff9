"""What was done to a student stands in its page and its card, in words."""

import pytest

from core.spec import JobSpec
from core.spec.resolve import resolve
from worker.engine.pages.recipe import learned, recipe, taught, trained_html, trained_markdown

VECTORS = [[0.5, 1.0]] * 10
KEEN = {"kind": "soft_targets", "weight": 0.8, "standardized": True}
LATER = {"kind": "linear", "start": 0, "end": 1, "begin": 2}


def a_report(**changes):
    spec, _ = resolve(JobSpec.model_validate({"dataset": "digits", **changes}))
    student = {"weights": {"largest": 0.25, "zeros": 0.5}, "epochs": 3, "stopped": "reached target_loss"}
    return {"spec": spec.model_dump(mode="json"), "student": student}


def test_losses_regularizers_training_and_limits_are_told():
    report = a_report(
        method={"label_weight": 0.2, "terms": [KEEN, "attention"]},
        regularizers=[
            {"kind": "l2", "strength": 3e-4, "over_time": LATER},
            {"kind": "guided", "source": {"kind": "vectors", "values": VECTORS}},
            {"kind": "norm_product", "layers": [{"target": "features.*", "norm": "l1"}]},
            "freeze",
        ],
        optimization={"optimizer": "adamw", "learning_rate": 0.002, "epochs": 7, "batch_size": 33},
    )  # fmt: skip

    told = dict(recipe(report))

    assert told["label loss"] == "weight 0.2"
    assert told["soft_targets"] == "standardized on, weight 0.8, temperature 2"
    assert told["attention"] == "weight 1000"
    assert told["l2"] == "over time (linear, start 0, end 1, begin 2), strength 0.0003"
    assert told["guided"] == "strength 0.001, source (vectors, values of 10), encoder decay 0.001"
    assert "layers (target features.*, norm l1)" in told["norm_product"]
    assert told["freeze"] == "as it stands"
    for words in ("optimizer adamw", "learning rate 0.002", "epochs 7", "batch size 33"):
        assert words in told["training"]
    assert told["ended"] == "after epoch 3: reached target_loss"
    assert (told["largest weight"], told["weights that are 0"]) == ("0.25", "50.00 %")


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, True),
        ({"method": {"terms": ["hints"]}}, True),
        ({"method": {"terms": []}}, False),
        ({"method": {"terms": ["teacher_free"]}}, False),
        ({"method": {"terms": []}, "regularizers": ["guided"]}, False),
        (
            {"method": {"terms": []}, "regularizers": [{"kind": "guided", "source": "teacher_prototypes"}]},
            True,
        ),
    ],
)
def test_a_student_is_distilled_only_if_something_asks_the_teacher(changes, asked):
    report = a_report(**changes)

    assert (taught(report) == "taught") == asked
    assert learned(report, "a large one").startswith(
        "distilled from a large one" if asked else "trained on its own"
    )


def test_page_and_card_have_it(run):
    for part, file in ((trained_html, "report.html"), (trained_markdown, "model_card.md")):
        assert part(run.report) in (run.out / file).read_text()
    for kind in (*run.report["spec"]["method"]["terms"], *run.report["spec"]["regularizers"]):
        assert f"| {kind['kind']} |" in (run.out / "model_card.md").read_text()
