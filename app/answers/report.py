"""The report of a job that has succeeded, and the schema of a spec: shortened where they list many things."""

from typing import Any

from app.answers.jobs import SPEC, SUMMARY
from app.answers.rows import DIGEST
from core.spec import JobSpec
from core.spec.resolve import resolve

COLOURS = {"mean": [0.306, 0.306, 0.306], "std": [0.375, 0.375, 0.375]}
IMAGES = 359
SECONDS = {
    "load_data": 2.1, "teacher": 31.2, "distil": 21.4, "evaluate": 2.7, "export": 0.5, "report": 3.1,
    "total": 61.0,
}  # fmt: skip
FIELDS = ("name", "seed", "priority")  # of the spec; none that leads elsewhere, as it would in this document


def answers() -> dict[tuple[str, int], Any]:
    return {("get_report", 200): _report(), ("get_job_schema", 200): _schema()}


def _report() -> dict[str, Any]:
    resolved, origins = resolve(SPEC)
    return {
        "task": "image-classification", "name": "digits", "seed": 0, "summary": SUMMARY,
        "dataset": {
            "name": "digits", "title": "digits", "digest": DIGEST,
            "class_names": list("0123456789"), "image_size": 32,
            "train_images": 1294, "validation_images": 144, "test_images": IMAGES, **COLOURS,
        },
        "teacher": _network("resnet18", "train", 11_173_962, 0.991, 356),
        "student": _network("mobilenet_v2", "random", 2_225_858, 0.984, 353),
        "agreement": 0.986,
        "student_against_teacher": {
            "accuracy_change": -0.008, "accuracy_change_interval": [-0.021, 0.005], "p_value": 0.375,
            "gained": 1, "lost": 4, "both_right": 352, "both_wrong": 2, "agreement": 0.986,
            "agreement_when_first_right": 0.989, "agreement_when_first_wrong": 0.667, "kl": 0.021,
        },
        "classes": [
            {"name": "8", "images": 35, "teacher_accuracy": 0.971, "student_accuracy": 0.914,
             "change": -0.057, "gained": 0, "lost": 2},
        ],
        "classes_lost_most": ["8"],
        "newly_confused": [{"label": "8", "decided": "1", "teacher": 0, "student": 2}],
        "exports": {},
        "teacher_cache": {"hits": 19_410, "misses": 0},
        "latency_protocol": "forward pass in float32, channels-last, …",
        "macs_convention": "multiply-accumulate operations of the convolutions and matrix products, …",
        "peak_memory": {"resident_bytes": 1_200_340_992, "device_bytes": None},
        "seconds": SECONDS,
        "hardware": {"device": "cpu", "cpu": "AMD EPYC", "threads": 2, "ranks": 1, "precision": "float32"},
        "versions": {"python": "3.11.7", "torch": "2.15.0", "torchvision": "0.29.2"},
        "spec": resolved.model_dump(mode="json"),
        "origins": origins,
        "baseline": None,
        "student_against_baseline": None,
    }  # fmt: skip


def _network(
    architecture: str, source: str, parameters: int, accuracy: float, correct: int
) -> dict[str, Any]:
    """What was measured of one of the two."""
    return {
        "stem": "small", "width": 1.0, "architecture": architecture, "source": {"kind": source},
        "normalization": COLOURS, "parameters": parameters, "macs": 40 * parameters,
        "weights": {"largest": 0.5, "zeros": 0.0},
        "file": {"bytes": 4 * parameters, "sha256": DIGEST},
        "test": {
            "accuracy": accuracy, "interval": [accuracy - 0.016, accuracy + 0.006], "correct": correct,
            "images": IMAGES, "nll": 0.04, "top5_accuracy": 1.0, "top5_interval": [0.989, 1.0],
            "calibration_error": 0.006, "brier": 0.019,
            "reliability": [
                {"low": 0.933, "high": 1.0, "images": 341, "confidence": 0.994, "accuracy": 0.997}
            ],
        },
        "validation_accuracy": 0.993, "best_epoch": 9, "epochs": 10, "steps": 110, "stopped": None,
        "training_seconds": 20.6, "images_per_second": 628.2,
        "latency": [
            {"batch": 1, "p50_seconds": 0.0049, "p95_seconds": 0.0061, "runs": 30, "images_per_second": 204.1}
        ],
    }  # fmt: skip


def _schema() -> dict[str, Any]:
    """With a few of its fields, and one of the parts that others lead to."""
    schema = JobSpec.model_json_schema()
    return {
        **schema,
        "properties": {name: schema["properties"][name] for name in FIELDS},
        "$defs": {"Stopping": schema["$defs"]["Stopping"]},
    }
