"""Commands of a demo site."""

import click

from services import demo_accounts


@click.group()
def demo() -> None:
    """What a demo site is asked."""


@demo.command("accounts")
def show_accounts() -> None:
    """List the demo accounts of this database and their password."""
    present = set(demo_accounts.present())
    known = [account for account in demo_accounts.ACCOUNTS if account.login_name in present]
    if not known:
        click.echo("no demo accounts: run `flask seed-demo`")
        return
    click.echo(f"Demo accounts, all with the password  {demo_accounts.PASSWORD}\n")
    for account in known:
        click.echo(f"  {account.login_name:<12} {account.role.label}　{account.name}　{account.about}")
