"""Runs with regularizers that are killed and resumed, and what their files say of every limit."""

from collections.abc import Iterator

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.spec import JobSpec
from tests.worker.engine.builders import Listener
from tests.worker.engine.resuming.attempts import STEPS, tiny
from tests.worker.engine.resuming.interrupted import Keeper, Killed, end, resume
from worker.engine import distill, registry

CLIP, RADIUS, SIGMA, SHARE = 0.3, 0.5, 0.6, 0.25
LIMITS = [
    {"kind": "weight_clipping", "max_abs": CLIP},
    {"kind": "max_norm", "radius": RADIUS},
    {"kind": "spectral_norm", "limit": SIGMA},
    {"kind": "sparsity", "share": SHARE, "begin": 0.25, "epochs": 0.5},
]
PENALTIES = [
    "l1", "l2", "activation_weight", "norm_product", "l2_sp", "group_lasso", "orthogonal",
    "confidence_penalty", {"kind": "guided", "strength": 0.1, "source": "teacher_prototypes"},
]  # fmt: skip
SIGNALS = [
    "dropout", "input_noise", {"kind": "gradient_noise", "mode": "exact"}, "label_smoothing", "mixup",
    {"kind": "gradient_clipping", "max_norm": 1.0},
]  # fmt: skip

# All that there is, on a network of rows.
ROWS = JobSpec.model_validate(
    {
        "task": "tabular-classification",
        "dataset": "iris",
        "teacher": {"architecture": "mlp", "hidden": [16], "source": {"kind": "train", "epochs": 2}},
        "student": {"architecture": "mlp", "hidden": [8, 8], "activation": "relu"},
        "regularizers": [*PENALTIES, *SIGNALS, *LIMITS, {"kind": "freeze", "target": "hidden2"}],
        "optimization": {"epochs": 2, "batch_size": 16},
    }
)
# Every limit, on convolutions.
IMAGES = tiny(
    regularizers=[*LIMITS, {"kind": "freeze", "target": "features.0.*"}],
    optimization={"epochs": 2, "learning_rate": 0.5},
)


def killed(spec, data, folder, step):
    keeper = Keeper(folder, until=("distil", step))
    with pytest.raises(Killed):
        distill(spec, folder / "killed", data=data, reporter=keeper, checkpoint_seconds=0.0)
    return folder


def limited(weights: dict[str, Tensor], frozen: str) -> Iterator[Tensor]:
    """The matrix of each layer that is under the limits: no normalisation, no bias."""
    for name, weight in weights.items():
        if weight.dim() > 1 and not name.startswith(frozen):
            yield weight.flatten(1).double()


def check(weights: dict[str, Tensor], frozen: str, share: float = SHARE) -> None:
    matrices = list(limited(weights, frozen))
    for matrix in matrices:
        assert matrix.abs().max().item() <= CLIP
        assert matrix.norm(dim=1).max().item() <= RADIUS * (1 + 1e-5)
        assert torch.linalg.matrix_norm(matrix, 2).item() <= SIGMA * (1 + 1e-5)
        assert (matrix == 0).sum().item() == round(share * matrix.numel())
    assert max(torch.linalg.matrix_norm(matrix, 2).item() for matrix in matrices) > 0.9 * SIGMA


def check_files(out, frozen):
    safe, pickled = load_file(out / "student.safetensors"), torch.load(out / "student.pt", weights_only=True)

    check(safe, frozen)
    check(pickled, frozen)
    assert all(torch.equal(safe[name], pickled[name]) for name in safe)


@pytest.fixture(scope="module")
def straight(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("straight")
    distill(ROWS, out, data=data, reporter=Listener())
    return out


def test_with_all_of_them_a_killed_run_ends_as_if_nothing_had_happened(straight, data, tmp_path):
    store = killed(ROWS, data, tmp_path, step=9)

    resume(store, data, tmp_path / "out", spec=ROWS)

    assert end(tmp_path / "out") == end(straight)
    check_files(tmp_path / "out", frozen="hidden2")


def test_limits_hold_in_the_files_of_an_undisturbed_run(straight):
    check_files(straight, frozen="hidden2")


def test_each_penalty_is_told_under_its_own_name(straight):
    told = {row[0] for row in end(straight)[1]}

    names = [one if isinstance(one, str) else one["kind"] for one in [*PENALTIES, "gradient_noise"]]
    assert {f"train/term/{name}" for name in names} <= told


def test_frozen_layers_are_in_the_files_as_they_began(straight):
    began = registry.network(ROWS.student, 4, 3, ROWS.seed, "student").state_dict()

    weights = load_file(straight / "student.safetensors")

    for name in ("hidden2.weight", "hidden2.bias"):
        assert torch.equal(weights[name], began[name])
    assert not torch.equal(weights["hidden1.weight"], began["hidden1.weight"])


@pytest.mark.slow
def test_limits_on_convolutions_hold_before_the_kill_and_after_it(data, tmp_path):
    store = killed(IMAGES, data, tmp_path, step=STEPS + 2)
    check(load_file(store / "last"), "features.0.")

    resume(store, data, tmp_path / "out", spec=IMAGES)

    check_files(tmp_path / "out", "features.0.")
