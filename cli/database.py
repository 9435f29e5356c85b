"""Commands that fill the database with what every site needs."""

import click

from services import policies
from services.transaction import transaction


@click.command()
def seed() -> None:
    """Load regions, the working-day calendar and the policy packs. Safe to run again."""
    with transaction():
        policies.load_shipped()
    click.echo("reference data and policy packs are loaded")
