"""What the pages of images and of tables share."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from worker.engine.pages.figures import Report
from worker.engine.pages.words import count, percent, points, size, span, table

STYLE = files("worker.engine.pages").joinpath("style.css").read_text(encoding="utf-8")


def framed(title: str, body: str) -> str:
    """A whole page, which loads nothing.

    title   is text
    """
    title = escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1>{body}</body></html>\n"
    )


def plots(drawn: Iterable[tuple[str, str]]) -> str:
    """How it went: figures, each below its title."""
    shown = "".join(f'<div class="plot"><h3>{escape(head)}</h3>{svg}</div>' for head, svg in drawn)
    return f'<h2>How it went</h2><div class="plots">{shown}</div>'


def alone(report: Report) -> str:
    """What the teacher was worth, where the student was trained without it, too."""
    gain = report.get("student_against_baseline")
    if gain is None:
        return ""
    low, high = gain["accuracy_change_interval"]
    return (
        f"<p>Alone, with the same recipe{lengths(report)}, the student reaches "
        f"{percent(report['baseline']['test']['accuracy'])}: its teacher is worth "
        f"{points(gain['accuracy_change'])} points (95 %: {100 * low:+.2f} to {100 * high:+.2f}; McNemar's "
        f"test of both being as good: p = {gain['p_value']:.2g}).</p>"
    )


def lengths(report: Report) -> str:
    """How long the student was trained without its teacher, where that is not as long as with it."""
    alone, taught = report["baseline"]["epochs"], report["student"]["epochs"]
    return "" if alone == taught else f", but over {alone} epochs instead of {taught}"


def sizes(both: Sequence[Report]) -> Iterator[tuple[str, ...]]:
    """What each network takes, to be stored and to answer once."""
    yield ("parameters", *(count(one["parameters"]) for one in both))
    yield ("multiply-accumulates", *(count(one["macs"]) for one in both))
    yield ("file", *(size(one["file"]["bytes"]) for one in both))


def classes(report: Report, counted: str = "images") -> str:
    """Each class, what is lost most first."""
    heads = ("class", counted, "teacher", "student", "change", "gained", "lost")
    rows = (
        (
            one["name"], f"{one['images']:,}", percent(one["teacher_accuracy"]),
            percent(one["student_accuracy"]), points(one["change"]), str(one["gained"]), str(one["lost"]),
        )
        for one in sorted(report["classes"], key=lambda one: one["change"])
    )  # fmt: skip
    return f"<h2>Class by class</h2>{table(heads, rows)}"


def conditions(report: Report) -> str:
    """On what it was measured, and how."""
    hardware, memory = report["hardware"], report["peak_memory"]
    facts: Iterable[tuple[str, str]] = (
        ("device", str(hardware.get("gpu", hardware["cpu"]))),
        ("precision", str(hardware["precision"])),
        ("seed", str(report["seed"])),
        ("time", span(report["seconds"]["total"])),
        ("memory at most", f"{size(memory['resident_bytes'])}, on the GPU {size(memory['device_bytes'])}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in report["versions"].items())),
        ("latency", report["latency_protocol"]),
        ("multiply-accumulates", report["macs_convention"]),
        ("data set", f"{report['dataset']['name']}, sha256 {report['dataset']['digest']}"),
    )
    return f'<h2>How it was measured</h2><div class="small">{table(("", ""), facts)}</div>'
