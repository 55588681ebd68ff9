"""A process that is dead is known by its name, and a living one never taken for dead."""

import os
import subprocess
import sys

import pytest

from worker.vital import is_dead, new_name

SAY = "from worker.vital import new_name; print(new_name(), flush=True); input()"


@pytest.fixture
def other():
    process = subprocess.Popen(
        [sys.executable, "-c", SAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def test_a_process_lives_until_it_ends(other):
    name = other.stdout.readline().strip()

    assert not is_dead(name)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the table of processes
    assert is_dead(name)
    other.wait()
    assert is_dead(name)


def test_another_process_of_the_same_number_is_not_the_same():
    place, pid, start, random = new_name().split(".")

    assert is_dead(f"{place}.{pid}.{int(start) - 1}.{random}")


@pytest.mark.parametrize("name", ["", "dsp_01", "elsewhere.1.1.aaaa", "....", "a.b.c.d"])
def test_nothing_is_said_of_who_is_not_known(name):
    assert not is_dead(name)


def test_names_differ_and_fit_their_column():
    names = {new_name() for _ in range(20)}

    assert len(names) > 15
    assert max(map(len, names)) <= 40
