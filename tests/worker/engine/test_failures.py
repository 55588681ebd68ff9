import errno

import pytest
import torch

from core.errors import Diverged
from worker.engine.failures import coded


def impossible_allocation():
    try:
        torch.empty(2**60)
    except RuntimeError as error:
        return error
    raise AssertionError("this machine has an exabyte")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (Diverged("at step 3"), "diverged"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "out_of_memory"),
        (MemoryError(), "out_of_memory"),
        (impossible_allocation(), "out_of_memory"),
        (ImportError("x.so: failed to map segment from shared object"), "out_of_memory"),
        (ImportError("x.so: cannot allocate memory in static TLS block"), "out_of_memory"),
        (ModuleNotFoundError("No module named 'x'"), "internal"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk_full"),
        (OSError(errno.EFBIG, "File too large"), "disk_full"),
        (OSError(errno.EACCES, "Permission denied"), "internal"),
        (RuntimeError("shapes do not match"), "internal"),
        (KeyError("x"), "internal"),
    ],
)
def test_whatever_is_raised_gets_a_code(raised, code):
    assert coded(raised).code == code


def test_a_defect_of_ours_names_what_was_raised():
    assert coded(ZeroDivisionError("division by zero")).detail == "ZeroDivisionError: division by zero"


def test_an_error_without_a_message_still_says_something():
    assert coded(MemoryError()).detail == "The job does not fit into the memory of the device."
    assert coded(ValueError()).detail == "ValueError"
