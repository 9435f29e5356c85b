"""Commands of the public log."""

import sys
from pathlib import Path

import click

from services import log_checks, log_sealing


@click.group()
def log() -> None:
    """The public log of proofs and of the days of the books."""


@log.command()
@click.argument("copies", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--limit", default=20, show_default=True, help="How many bad rows of each check to name.")
def verify(copies: tuple[Path, ...], limit: int) -> None:
    """Check the whole log from its first leaf, and every row of the books it covers.

    COPIES are heads kept elsewhere, files or folders of files; those of the site's own feed are compared anyway. Names
    the first bad rows and ends with 1 if there are any.
    """
    found = log_checks.verify(limit, copies)
    for problem in found:
        click.echo(str(problem))
    seen = log_checks.totals()
    click.echo(f"{seen.leaves} leaves, {seen.heads} heads, {seen.days} days with {seen.rows} rows")
    click.echo(f"{len(found)} problems" if found else "the log is right")
    if found:
        sys.exit(1)


@log.command()
def seal() -> None:
    """Seal what is over and sign a head, as the worker does once a day. Safe to run again."""
    day = log_sealing.seal()
    click.echo(f"the head of {day} is signed" if day else "nothing to seal: the last day that is over has its head")
