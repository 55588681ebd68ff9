"""python -m worker.engine SPEC.json --out DIR [--data DIR] [--events-fd N] [--control-fd M]

Runs one job in this process. Exit codes: 0 done, 1 failed, 2 wrong usage, 5 cancelled, 130 interrupted.
"""

import argparse
import ctypes
import signal
import sys
import traceback
from pathlib import Path

from core.errors import Cancelled, Internal
from worker.engine.failures import coded
from worker.engine.pipe import PipeReporter, listen
from worker.engine.reporter import ConsoleReporter
from worker.engine.specfile import read_spec

OK, FAILED, CANCELLED, INTERRUPTED = 0, 1, 5, 130
PR_SET_PDEATHSIG = 1


def main(arguments: list[str] | None = None) -> int:
    """Run the job that the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.control_fd is not None:
        die_with_parent()
    reporter = ConsoleReporter() if options.events_fd is None else PipeReporter(options.events_fd)
    if options.control_fd is not None and isinstance(reporter, PipeReporter):
        listen(options.control_fd, reporter)
    try:
        return run(options, reporter)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    finally:
        if isinstance(reporter, PipeReporter):
            reporter.close()


def run(options: argparse.Namespace, reporter: ConsoleReporter | PipeReporter) -> int:
    """Distil, and turn whatever happens into an event and an exit code."""
    try:
        spec = read_spec(options.spec)
        from worker.engine import distill  # only now: torch takes seconds

        distill(spec, options.out, data=options.data, reporter=reporter)
    except Exception as error:
        return fail(error, reporter)
    return OK


def fail(error: Exception, reporter: ConsoleReporter | PipeReporter) -> int:
    """Say what went wrong; a defect of ours also leaves its traceback in the log."""
    cause = coded(error)
    if isinstance(cause, Internal):
        traceback.print_exception(error)
    reporter.error(cause)
    return CANCELLED if isinstance(cause, Cancelled) else FAILED


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it dies, however it dies."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.engine", description="Run one distillation job.")
    parser.add_argument("spec", type=Path, help="the job, as JSON")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the student, the teacher and the report"
    )
    parser.add_argument("--data", type=Path, help="folder of packed data sets; `digits` needs none")
    parser.add_argument(
        "--events-fd", type=int, help="file descriptor to write events to, one JSON object a line"
    )
    parser.add_argument(
        "--control-fd", type=int, help="file descriptor to read commands from; its end ends the run"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
