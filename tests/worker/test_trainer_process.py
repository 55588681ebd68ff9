"""A trainer dies with its supervisor, whatever state both are in."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.local_service import read
from tests.polling import eventually

# Freezes its trainer before that has run a line of Python, tells its process id, and waits to be killed.
SUPERVISOR = """
import os, signal, sys, time
from pathlib import Path
from worker.trainer_process import TrainerProcess

command, folder, log = ["tests.stand_in_trainer"], Path(sys.argv[1]), sys.stderr.buffer
trainer = TrainerProcess(command, folder, log, environment=dict(os.environ))
os.kill(trainer.pid, signal.SIGSTOP)
print(trainer.pid, flush=True)
time.sleep(60)
"""


def test_a_trainer_that_froze_at_its_very_start_dies_with_its_supervisor(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        trainer = int(supervisor.stdout.readline())
        eventually(lambda: state(trainer) == "T", 10)

        supervisor.send_signal(signal.SIGKILL)

        eventually(lambda: state(trainer) in ("Z", ""), 10)


def state(pid: int) -> str:
    """As the kernel names it: T is stopped, Z has ended but is not waited for; nothing when it is gone."""
    return read(pid, "stat").decode().rpartition(")")[2][:3].strip()
