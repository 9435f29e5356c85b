"""Commands of a demo site: fill it with the demo city, and list the accounts one may try it with."""

import time
import unicodedata

import click

from domain.errors import RuleError
from services import demo_accounts, demo_city


@click.command("seed-demo")
@click.option("--scale", default=1.0, type=click.FloatRange(0.05, 1.0), help="how large: 0.1 is a tenth of the people")
def seed_demo(scale: float) -> None:
    """Fill an empty site with invented organisations, people and a year of activities. Refused in production."""
    began = time.monotonic()
    try:
        made = demo_city.seed(scale=scale)
    except RuleError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"the demo city was made in {time.monotonic() - began:.0f} s" if made else "the demo city is there")


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
    rows = [("身份", "姓名", "登录名", "密码", "首页", "说明")] + [
        (one.role.label, one.name, one.login_name, demo_accounts.PASSWORD, one.home, one.about) for one in known
    ]
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
        if number == 0:
            click.echo("  ".join("-" * width for width in widths))


def _width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
