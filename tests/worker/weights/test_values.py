"""The numbers in a file: finite, and floats that float32 can hold."""

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.worker.weights.conftest import Reader, refused
from tests.worker.weights.files import FIRST, NORM, TOLD, changed, saved, weights


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_refused(value: float, reader: Reader) -> None:
    broken = weights()[FIRST].clone()
    broken[0, 0, 0, 0] = value

    detail = refused(reader(saved(changed(features__0__0__weight=broken))))["detail"]

    assert detail == f"{FIRST} holds numbers that are not finite"


def test_a_number_too_large_is_refused(reader: Reader) -> None:
    large = weights()[FIRST].double() * 1e300

    detail = refused(reader(saved(changed(features__0__0__weight=large))))["detail"]

    assert detail == f"{FIRST} holds numbers that are too large for float32"
    assert reader.left() == {"report.json"}


def test_a_variance_below_zero_is_refused(reader: Reader) -> None:
    variance = -torch.ones_like(weights()[f"{NORM}.running_var"])

    detail = refused(reader(saved(changed(features__0__1__running_var=variance))))["detail"]

    assert "a variance below 0" in detail


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floats_become_float32(dtype: torch.dtype, reader: Reader) -> None:
    tensors = {name: v.to(dtype) if v.is_floating_point() else v for name, v in weights().items()}

    done = reader(saved(tensors))

    found = load_file(done.out)
    assert (done.status, done.report["converted"]) == (0, True)
    assert found.keys() == weights().keys()
    assert all(torch.equal(found[name], value.to(weights()[name].dtype)) for name, value in tensors.items())
    with safe_open(done.out, framework="pt") as file:
        assert file.metadata() == TOLD
    assert reader(done.out.read_bytes()).report["converted"] is False


@pytest.mark.parametrize("dtype", [torch.int8, torch.int32, torch.bool, torch.float8_e4m3fn])
def test_what_holds_no_weights_is_refused(dtype: torch.dtype, reader: Reader) -> None:
    broken = weights()[FIRST].to(dtype)

    keys = refused(reader(saved(changed(features__0__0__weight=broken))))["keys"]

    assert (keys["missing"]["count"], keys["mismatched"]["count"]) == (0, 1)
    assert keys["mismatched"]["first"][0]["key"] == FIRST


def test_files_from_before_batches_were_counted_are_taken(reader: Reader) -> None:
    old = {name: value for name, value in weights().items() if not name.endswith("num_batches_tracked")}

    done = reader(saved(old))

    found = load_file(done.out)
    assert found.keys() == weights().keys()
    assert found[f"{NORM}.num_batches_tracked"] == 0


def test_a_counter_is_a_whole_number(reader: Reader) -> None:
    name = f"{NORM}.num_batches_tracked"

    short = reader(saved(weights() | {name: torch.tensor(7, dtype=torch.int32)}))
    assert load_file(short.out)[name] == 7

    error = refused(reader(saved(weights() | {name: torch.tensor(7.0)})))
    assert error["keys"]["mismatched"]["first"] == [{"key": name, "expected": "I64 []", "found": "F32 []"}]
