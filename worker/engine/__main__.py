"""python -m worker.engine SPEC.json --out DIR [--data DIR] [--resume FILE [--teacher FILE]] …

Runs one job in this process, or goes on with it from a checkpoint.

Exit codes: 0 done, 1 failed, 2 wrong usage, 5 cancelled, 6 suspended, 130 interrupted; of one rank among
several 7, if another has ended before it was time.
"""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from core import faults
from core.errors import Cancelled, Internal, InvalidSpec
from worker.engine.endings import Led, PeerLost, Suspended
from worker.engine.failures import coded
from worker.engine.following import Follower
from worker.engine.launch import die_with_parent, launch
from worker.engine.pipe import PipeReporter, listen
from worker.engine.reporter import ConsoleReporter
from worker.engine.scratch import scratch
from worker.engine.specfile import read_spec

Speaker = ConsoleReporter | PipeReporter | Follower

OK, FAILED, CANCELLED, SUSPENDED, LOST, INTERRUPTED = 0, 1, 5, 6, 7, 130


def main(arguments: list[str] | None = None) -> int:
    """Run the job that the command line names; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.rank is None and (count := options.ranks or demanded(options.spec)) > 1:
        words = [*(sys.argv[1:] if arguments is None else arguments)]
        return launch(words, count, options.out, events=options.events_fd, control=options.control_fd)
    if options.rank is not None:
        die_with_parent()
    faults.arm(options.fault)
    reporter = ConsoleReporter() if options.events_fd is None else PipeReporter(options.events_fd)
    if options.control_fd is not None and isinstance(reporter, PipeReporter) and not options.rank:
        listen(options.control_fd, reporter)
    try:
        with scratch(options.out):
            return run(options, Follower(reporter) if options.rank else reporter)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    finally:
        if isinstance(reporter, PipeReporter):
            reporter.close()


def run(options: argparse.Namespace, reporter: Speaker) -> int:
    """Distil, and turn whatever happens into an event and an exit code."""
    try:
        spec = read_spec(options.spec)
        from worker.engine import distill, ranks  # only now: torch takes seconds
        from worker.engine.cache.segments import Shelf
        from worker.engine.given import Files

        if options.rank is not None:
            ranks.join(options.rank, options.ranks, options.rendezvous)
        distill(
            spec,
            options.out,
            data=options.data,
            reporter=reporter,
            checkpoint_seconds=None if options.rank else options.checkpoint_seconds,
            resume=options.resume,
            teacher=options.teacher,
            origins=_document(options.origins),
            weights=Files(
                options.teacher_weights, options.student_weights, _document(options.weights_origins) or {}
            ),
            shelf=None if options.cache is None else Shelf(options.cache, options.cache_bytes),
        )
    except Suspended:
        return SUSPENDED
    except Led:
        return OK
    except PeerLost:
        return LOST
    except Exception as error:
        return fail(error, reporter)
    return OK


def demanded(spec: Path) -> int:
    """GPUs that the job demands, each of which is a process of its own; 1 of a file that says nothing."""
    try:
        return read_spec(spec).resources.ranks
    except InvalidSpec:
        return 1  # told where every other error is


def fail(error: Exception, reporter: Speaker) -> int:
    """Say what went wrong; a defect of ours also leaves its traceback in the log."""
    cause = coded(error)
    if isinstance(cause, Internal):
        traceback.print_exception(error)
    reporter.error(cause)
    return CANCELLED if isinstance(cause, Cancelled) else FAILED


def _document(path: Path | None) -> Any:
    return None if path is None else json.loads(path.read_text())


def _folder(text: str) -> Path:
    """The folder of that name, made now: an hour of training must not end before a closed door."""
    try:
        Path(text).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"can't make the folder {text}: {error.strerror}") from None
    return Path(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.engine", description="Run one distillation job.")
    parser.add_argument("spec", type=Path, help="the job, as JSON")
    parser.add_argument(
        "--out", type=_folder, required=True, help="folder for the student, the teacher and the report"
    )
    parser.add_argument("--data", type=Path, help="folder of packed data sets; `digits` needs none")
    parser.add_argument(
        "--checkpoint-seconds", type=float, default=60.0, help="between two checkpoints; 0 writes one a step"
    )
    parser.add_argument("--resume", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--teacher", type=Path, help="the weights of the teacher that the checkpoint names")
    parser.add_argument(
        "--origins", type=Path, help="where each value of a resolved spec came from, as JSON, for the report"
    )
    parser.add_argument(
        "--teacher-weights", type=Path, help="of a teacher that needs no training, safetensors"
    )
    parser.add_argument("--student-weights", type=Path, help="for the student to start from, safetensors")
    parser.add_argument(
        "--weights-origins", type=Path, help="whence such weights came, by role, as JSON, for the report"
    )
    parser.add_argument("--cache", type=Path, help="folder in which jobs share their teachers' logits")
    parser.add_argument(
        "--cache-bytes",
        type=int,
        default=10 * 2**30,
        help="of that folder, at most; the table unused longest goes",
    )
    parser.add_argument(
        "--ranks", type=int, help="processes that share the training; as many as the job demands GPUs"
    )
    parser.add_argument("--rank", type=int, help="which of them this is; they are started with it")
    parser.add_argument("--rendezvous", type=Path, help="the file by which they find each other")
    parser.add_argument("--fault", help="point:nth:kill|raise|sleep, for tests of what then happens")
    parser.add_argument(
        "--events-fd", type=int, help="file descriptor to write events to, one JSON object a line"
    )
    parser.add_argument(
        "--control-fd", type=int, help="file descriptor to read commands from; its end ends the run"
    )
    return parser


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking torch apart module by module takes more than a second, which every job would wait for.
    os._exit(status)
