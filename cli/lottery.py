"""Commands of the lottery of second reviews."""

import sys
from datetime import datetime

import click

from services import second_review


@click.group()
def lottery() -> None:
    """The lottery of second reviews."""


@lottery.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def check(day: datetime) -> None:
    """Draw DAY again from its seed. Names what is not as it should be and ends with 1 if there is something."""
    count = second_review.recount(day.date())
    for wrong in count.wrong:
        click.echo(wrong)
    click.echo(f"{count.draws} decisions, {count.drawn} drawn for a second review")
    click.echo(f"{len(count.wrong)} problems" if count.wrong else "the draw is right")
    if count.wrong:
        sys.exit(1)
