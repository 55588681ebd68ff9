"""distillery key add, ls, rm"""

from datetime import UTC, datetime, timedelta

import click

from app.cli import options
from app.cli.screen import answer, answer_json, answer_table, columns, plain, say
from app.cli.wording import ago
from app.client import Distillery, KeyInfo

SCOPES = ("read", "submit", "admin")


@click.group()
def key() -> None:
    """Make, list and revoke API keys; for admins.

    \b
    distillery key add notebook --owner ada --scope read --scope submit --days 90
    distillery key ls
    distillery key rm 0a1b2c3d4e5f
    """


@key.command()
@click.argument("name")
@click.option("--owner", required=True, help="Whose jobs it sees and submits.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("read", "submit"),
              show_default=True, help="What it may do; may be given several times.")  # fmt: skip
@click.option("--days", type=click.FloatRange(min=0, min_open=True, max=36500), help="It ends after so many.")
@options.output
def add(name: str, owner: str, scopes: tuple[str, ...], days: float | None, output: str) -> None:
    """Make a key, and print it: it is shown this once."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with Distillery() as service:
        made = service.keys.create(name, owner, scopes, expires_at)
    if output == "json":
        answer_json(made)
    elif made.key is not None:
        answer(made.key)
    else:
        say(f"the answer with the key was lost: remove {made.id}, and make another one", "yellow")


@key.command()
@options.output
def ls(output: str) -> None:
    """List keys, newest first, without their secrets."""
    with Distillery() as service:
        found = sorted(service.keys.list(), key=lambda one: one.created_at, reverse=True)
    if output == "json":
        answer_json(found)
        return
    table = columns("KEY", "NAME", "OWNER", "SCOPES", "COUNTS", "USED")
    for one in found:
        used = ago(one.last_used_at) if one.last_used_at else "never"
        table.add_row(
            one.id, plain(one.name), plain(one.owner), ", ".join(one.scopes), _counts(one), used
        )  # fmt: skip
    answer_table(table)


@key.command()
@click.argument("key_ids", nargs=-1, required=True, metavar="KEY…")
def rm(key_ids: tuple[str, ...]) -> None:
    """Revoke keys, at once and for good. KEY is the id that `ls` shows."""
    with Distillery() as service:
        for key_id in key_ids:
            service.keys.revoke(key_id)
            answer(key_id)


def _counts(one: KeyInfo) -> str:
    """Whether the key counts, and until when."""
    if one.revoked_at is not None:
        return f"no: revoked {ago(one.revoked_at)}"
    if one.expires_at is None:
        return "yes"
    if one.expires_at <= datetime.now(UTC):
        return f"no: it ended {ago(one.expires_at)}"
    return f"until {one.expires_at:%Y-%m-%d %H:%M} UTC"
