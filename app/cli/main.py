"""distillery: the command."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

import click

from app.cli import exits
from app.cli.complaint import complain, complain_of_defect
from app.cli.exits import Exit
from app.cli.screen import say
from core.errors import DistilleryError

# Loaded when asked for: `distillery up` has other needs than `distillery ls`.
COMMANDS = {
    "up": "app.cli.up",
    "run": "app.cli.commands.run",
    "ls": "app.cli.commands.ls",
    "show": "app.cli.commands.show",
    "watch": "app.cli.commands.watch",
    "logs": "app.cli.commands.logs",
    "pull": "app.cli.commands.pull",
    "predict": "app.cli.commands.predict",
    "report": "app.cli.commands.compare",
    "compare": "app.cli.commands.compare",
    "pause": "app.cli.commands.actions",
    "resume": "app.cli.commands.actions",
    "stop": "app.cli.commands.actions",
    "cancel": "app.cli.commands.actions",
    "retry": "app.cli.commands.actions",
    "edit": "app.cli.commands.edit",
    "clone": "app.cli.commands.clone",
    "rm": "app.cli.commands.rm",
    "queue": "app.cli.commands.queue",
    "workers": "app.cli.commands.workers",
    "data": "app.cli.commands.data",
    "model": "app.cli.commands.model",
    "convert": "app.cli.commands.convert",
    "key": "app.cli.commands.key",
    "validate": "app.cli.commands.validate",
    "catalog": "app.cli.commands.catalog",
    "version": "app.cli.commands.version",
}


class Commands(click.Group):
    """The table above, as click wants it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            raise click.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.pass_context
def distillery(context: click.Context) -> None:
    """Distil a vision classifier into a smaller one.

    \b
    distillery up                                start the service on this machine
    distillery run spec.json                     queue a job and follow it
    distillery run --set dataset=digits -d       queue a job and go away
    distillery watch                             follow the newest job
    distillery pause digits                      let it rest; `resume` lets it go on
    distillery pull                              download its student

    JOB is an id, the beginning of one, a name, or @last for the newest, which is the default.
    The service is found by DISTILLERY_URL and DISTILLERY_KEY, else in the home of `distillery up`.

    \b
    Exit codes:   0 done            4 no access      8 waited too long
                  1 failure         5 job cancelled  9 service does not answer
                  2 wrong usage     6 not found     10 spec not valid
                  3 job failed      7 wrong state   11 download damaged
                                                   130 Ctrl-C; the job goes on
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a sign shows another one, instead of ending the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        result = distillery.main(arguments, prog_name="distillery", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return Exit.INTERRUPTED
    except DistilleryError as error:
        complain(error)
        return exits.of_error(error)
    except BrokenPipeError:
        # Whoever read the result has seen enough; Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILURE
    except OSError as error:
        say(f"error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", "red")
        return Exit.FAILURE
    except Exception as error:
        complain_of_defect(error)
        return Exit.FAILURE
    return result or Exit.OK


if __name__ == "__main__":
    sys.exit(main())
