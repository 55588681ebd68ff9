"""distillery validate"""

import json

import click

from app.cli import options
from app.cli.complaint import show_findings, warn
from app.cli.document import document
from app.cli.exits import Exit
from app.cli.own_data import use_own
from app.cli.screen import answer_json, answer_table, columns, plain, say
from app.cli.wording import duration
from app.client import Distillery, Validation


@click.command()
@options.spec
@options.assignments
@options.output
def validate(spec: str | None, assignments: tuple[str, ...], output: str) -> Exit:
    """Check a spec, and show every value that would be used.

    Nothing is queued. SPEC is a JSON or YAML file, or - for stdin. Ends with exit code 10 where the spec
    is not valid.

    \b
    distillery validate spec.yaml
    distillery validate spec.json --set student.width=0.5 -o json
    """
    wanted = document(spec, assignments)
    with Distillery() as service:
        use_own(service, wanted)
        found = service.jobs.validate(wanted)
    if output == "json":
        answer_json(found)
    else:
        _show(found)
    return Exit.OK if found.valid else Exit.INVALID_SPEC


def _show(found: Validation) -> None:
    if not found.valid:
        say("error: the spec is not valid", "red")
        show_findings(found.errors)
        return
    warn(found.warnings)
    table = columns("FIELD", "VALUE", "FROM")
    for pointer, origin in (found.origins or {}).items():
        table.add_row(
            pointer[1:].replace("/", "."), plain(_value(found.resolved_spec, pointer)), plain(origin)
        )
    answer_table(table)
    _show_history(found)


def _show_history(found: Validation) -> None:
    """What earlier jobs tell of this one."""
    if found.estimate is not None and found.estimate.seconds_low is not None:
        low, high = found.estimate.seconds_low, found.estimate.seconds_high or found.estimate.seconds_low
        taken = duration(low) if duration(low) == duration(high) else f"{duration(low)} to {duration(high)}"
        say(f"takes about {taken}: from {found.estimate.basis}")
    elif found.estimate is not None:
        say(f"no estimate: {found.estimate.basis}")
    if found.duplicate_of is not None:
        say(f"the same as {found.duplicate_of}", "yellow")


def _value(document: object, pointer: str) -> str:
    """As a spec spells it."""
    for part in pointer.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]  # type: ignore[index]
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
