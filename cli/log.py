"""Commands of the public log."""

import sys
from pathlib import Path

import click

from domain.errors import RuleError
from services import log_checks, log_restorations, log_sealing, log_standing
from services.transaction import WritesRefused, transaction


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
    standing = log_standing.behind()
    if standing is not None:
        click.echo(str(standing))
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
    try:
        day = log_sealing.seal()
    except WritesRefused as refusal:
        raise click.ClickException(str(log_standing.behind() or refusal)) from refusal
    click.echo(f"the head of {day} is signed" if day else "nothing to seal: the last day that is over has its head")


@log.command("accept-restore")
@click.option("--officer", "names", required=True, multiple=True, help="Login name of an officer; twice.")
@click.option("--reason", required=True, help="Why an older database was put back; published with the log.")
def accept_restore(names: tuple[str, ...], reason: str) -> None:
    """Let the site go on with a database that is older than what was published.

    Two officers (of the Centre, or leaders of the city's bureau) agree, each with the password of the account. What
    was published since is given up: it stays in everybody's copies, and the public log says so.
    """
    if len(names) != 2:
        raise click.UsageError("--officer must be given twice")
    standing = log_standing.behind()
    if standing is not None:
        click.echo(str(standing))
    passwords = [click.prompt(f"password of {name}", hide_input=True) for name in names]
    try:
        with transaction(past_the_door=True):
            first, second = (
                log_restorations.officer(name, password) for name, password in zip(names, passwords, strict=True)
            )
            lost = len(log_restorations.accept(first, second, reason).lost)
    except RuleError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"{lost} published heads are given up by {first.name} and {second.name}; the site is open again")
