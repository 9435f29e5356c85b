"""Commands of the credit ledger."""

import sys

import click

from services import ledger_checks, result_checks  # noqa: F401 - the check of the results registers itself


@click.group()
def ledger() -> None:
    """The credit ledger."""


@ledger.command()
@click.option("--limit", default=20, show_default=True, help="How many bad rows of each check to name.")
def verify(limit: int) -> None:
    """Check every entry, sum, pair and source. Names the first bad rows and ends with 1 if there are any."""
    found = ledger_checks.verify(limit)
    for problem in found:
        click.echo(str(problem))
    seen = ledger_checks.totals()
    click.echo(f"{seen.entries} entries, {seen.credits_tenths / 10:.1f} credits, {seen.persons} persons")
    click.echo(f"{len(found)} problems" if found else "the ledger is right")
    if found:
        sys.exit(1)
