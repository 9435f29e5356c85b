"""Commands that fill the database with what every site needs."""

import click

from services import foundations
from services.transaction import transaction


@click.command()
def seed() -> None:
    """Load regions, the working-day calendar and the policy packs. Safe to run again."""
    with transaction():
        foundations.lay()
    click.echo("reference data and policy packs are loaded")
