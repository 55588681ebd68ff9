"""Data sets and models of people, and what two networks see on an image."""

from datetime import timedelta
from typing import Any

from app.answers.previews import CLASSES, COLOURS, PREVIEW, RESIZE, SIDE
from app.answers.rows import BEGAN, DIGEST, JOB, OWNER
from app.schemas.datasets import DatasetList, DatasetView
from app.schemas.models import ModelList, ModelView
from app.schemas.predict import ClassProbability, ImageFacts, NetworkAnswer, PredictionView
from app.schemas.previews import PreviewView
from core.store import datasets, models
from core.store.library import Dataset, Model

DATASET, MODEL = "ds_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z", "model_01KAJ9GSQ60Y1R2W3E4R5T6Y7Z"
FACTS: dict[str, Any] = {
    "classes": 2, "train_images": 400, "test_images": 90, "class_names": CLASSES, "image_size": SIDE,
    "resize": RESIZE, **COLOURS, "digest": DIGEST,
}  # fmt: skip
MEASURED: dict[str, Any] = {
    "state": models.MEASURED, "accuracy": 0.956, "interval": [0.891, 0.983], "images": 90, "split": "test",
}  # fmt: skip


def answers() -> dict[tuple[str, int], Any]:
    ready, packs = DatasetView.of(_dataset(datasets.READY)), DatasetView.of(_dataset(datasets.PACKING))
    model, reads = ModelView.of(_model(models.READY, MEASURED)), ModelView.of(_model(models.READING))
    measures = ModelView.of(_model(models.READY, {"state": models.MEASURING}))
    return {
        ("upload_dataset", 201): packs,
        ("get_dataset", 200): ready,
        ("list_datasets", 200): DatasetList(data=[ready], has_more=False, next_cursor=None),
        ("preview_dataset", 200): _preview(),
        ("upload_model", 201): reads,
        ("get_model", 200): model,
        ("list_models", 200): ModelList(data=[model], has_more=False, next_cursor=None),
        ("measure_model", 202): measures,
        ("predict_image", 200): _prediction(),
    }


def _preview() -> dict[str, Any]:
    """As the route sends it: what was not found out is left out."""
    found = {"id": DATASET, "state": datasets.READY, "preview": PREVIEW}
    return PreviewView.model_validate(found).model_dump(mode="json", exclude_unset=True)


def _dataset(state: str) -> Dataset:
    is_ready = state == datasets.READY
    return Dataset(
        id=DATASET, owner=OWNER, name="pets", state=state, source="upload", folder=None, digest=DIGEST,
        bytes=12_582_912, image_size=SIDE, resize="crop", facts=FACTS if is_ready else None, error=None,
        version=2 if is_ready else 1, created_at=BEGAN,
        updated_at=BEGAN + timedelta(seconds=4 if is_ready else 0),
    )  # fmt: skip


def _model(state: str, measured: dict[str, Any] | None = None) -> Model:
    known: dict[str, Any] = dict.fromkeys(("architecture", "width", "stem", "classes", "image_size", "facts"))
    if state == models.READY:
        known = {
            "architecture": "resnet18", "width": 1.0, "stem": "small", "classes": CLASSES, "image_size": 64,
            "facts": {"classes": 2, "parameters": 11_169_858, "dtypes": ["F32"], "assumed": []},
        }  # fmt: skip
    return Model(
        id=MODEL, owner=OWNER, name="my teacher", state=state, source=models.UPLOAD, job_id=None,
        digest=DIGEST, bytes=44_730_000, measured=measured and {DATASET: measured}, error=None, version=2,
        created_at=BEGAN, updated_at=BEGAN + timedelta(seconds=6), **known,
    )  # fmt: skip


def _prediction() -> PredictionView:
    def sees(sure: float, forward: float, total: float) -> NetworkAnswer:
        top = [
            ClassProbability(class_name="cat", class_index=0, probability=sure),
            ClassProbability(class_name="dog", class_index=1, probability=round(1 - sure, 3)),
        ]
        return NetworkAnswer(top=top, forward_milliseconds=forward, total_milliseconds=total)

    return PredictionView(
        job_id=JOB, agree=True, student=sees(0.942, 3.1, 4.6), teacher=sees(0.987, 9.8, 11.2),
        image=ImageFacts(width=640, height=480, format="JPEG"), total_milliseconds=21.7,
    )  # fmt: skip
