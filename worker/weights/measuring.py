"""python -m worker.weights.measuring MODEL --dataset NAME --report FILE [--data FOLDER] [--told FILE]

How good a model is on the test images of a data set, on the CPU. Where the set has no test images of its own,
those that jobs cut from it by default.

Exit codes: 0 measured, 1 failed, 2 wrong usage. With 1 the report holds {"error": {"code", "detail"}}.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import ModelRefused
from core.spec.evaluation import Evaluation
from worker.engine.data import packed
from worker.engine.data.dataset import Dataset
from worker.engine.data.normalization import Normalization, measure
from worker.engine.data.splits import split
from worker.engine.evaluation import predict, score
from worker.engine.exports.files import json_bytes, write
from worker.engine.failures import coded
from worker.engine.registry import ARCHITECTURES, DATASETS
from worker.weights import header
from worker.weights.networks import choose
from worker.weights.said import Said, said


def measured(model: Path, told: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Accuracy with its interval, and how the model was used.

    told    architecture, width, stem, class_names, as far as they are known better than from the file

    raises ModelRefused if it tells another number of classes apart
    """
    network, found = _loaded(model, told)
    splits = split(dataset, Evaluation())
    normalization = _normalization(found) or measure(splits.train)
    logits, by_name = _in_order(predict(network, splits.test, normalization), found, dataset.class_names)
    result = score(logits, splits.test.labels)
    return {
        "accuracy": result.accuracy,
        "interval": list(result.interval),
        "images": result.images,
        "nll": result.nll,
        "image_size": dataset.image_size,
        "classes_by": "name" if by_name else "position",
        "normalized_by": "dataset" if _normalization(found) is None else "model",
        "split": "cut" if dataset.test is None else "test",
    }


def _loaded(model: Path, told: Mapping[str, Any]) -> tuple[nn.Module, Said]:
    with model.open("rb") as file:
        head = header.read(file, model.stat().st_size)
    found = said(head.metadata, told)
    chosen = choose(head.tensors, found)
    network = ARCHITECTURES[chosen.architecture].build(chosen.classes, chosen.width, chosen.stem)
    network.load_state_dict(load_file(model))
    return network, found


def _normalization(found: Said) -> Normalization | None:
    return None if found.mean is None or found.std is None else Normalization(found.mean, found.std)


def _in_order(logits: Tensor, found: Said, names: Sequence[str]) -> tuple[Tensor, bool]:
    """The outputs in the order of the data set's classes, and whether names told that order."""
    if logits.shape[1] != len(names):
        raise ModelRefused(
            f"it tells {logits.shape[1]} classes apart, and the data set has {len(names)}",
            hint="Measure it on a data set with its own classes.",
        )
    own = found.class_names or ()
    if len(set(own)) < len(own) or set(own) != set(names):
        return logits, False
    return logits[:, [own.index(name) for name in names]], True


def main(arguments: list[str] | None = None) -> int:
    """Measure what the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    told = json.loads(options.told.read_bytes()) if options.told else {}
    load = DATASETS.get(options.dataset) or packed.by_name(options.dataset)
    try:
        dataset = load(options.data)
        assert isinstance(dataset, Dataset), "the service asks this of images only"
        report = measured(options.model, told, dataset)
    except Exception as error:
        cause = coded(error)
        report = {"error": {"code": cause.code, "detail": cause.detail, "hint": cause.advice}}
    write(options.report, json_bytes(report), "report")
    return 1 if "error" in report else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker.weights.measuring", description="Measure a model."
    )
    parser.add_argument("model", type=Path, help="a safetensors file that was read before")
    parser.add_argument("--dataset", required=True, help="a name, or the id of a set of your own")
    parser.add_argument("--data", type=Path, help="the folder with the packed set")
    parser.add_argument("--told", type=Path, help="what is known of the model, as JSON")
    parser.add_argument("--report", type=Path, required=True, help="what was measured, as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
