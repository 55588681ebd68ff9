from pathlib import Path

from tests.worker.engine.builders import CPU
from worker.engine.measures.memory import peak


def test_the_peak_is_the_kernels_high_water_mark():
    said = peak(CPU)

    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    mark = int(status["VmHWM"].split()[0]) * 1024
    assert 0.9 * mark <= said.resident_bytes <= mark * 1.001
    assert said.device_bytes is None
