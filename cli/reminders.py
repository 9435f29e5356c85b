"""The command that reminds people of their deadlines; the worker does the same once a day."""

import click

from services import reminders


@click.command()
def remind() -> None:
    """Remind of deadlines that are near or over. Safe to run again: nothing is sent twice."""
    click.echo(f"{reminders.send_due()} reminders sent")
