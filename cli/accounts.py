"""Commands for accounts: the first officials of a site, and shutting an account."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from domain.contact import check_email
from domain.errors import RuleError
from domain.identity import check_name
from domain.roles import REGION_ROLES, SYSTEM, Role
from models import Account, Region, db
from services import accounts as sessions
from services import activation, audit, clock, industry_authorities
from services.transaction import transaction

accounts = AppGroup("accounts", help="Accounts of officials.")


@accounts.command()
@click.option("--role", required=True, type=click.Choice(sorted(role.value for role in REGION_ROLES)))
@click.option("--region", required=True, help="Code of the region, e.g. 330700 for the city.")
@click.option("--name", required=True)
@click.option("--email", required=True)
def invite(role: str, region: str, name: str, email: str) -> None:
    """Make an account for an official and print the link by which the person takes it over."""
    try:
        with transaction():
            if db.session.get(Region, region) is None:
                raise RuleError(f"没有代码为 {region} 的地区；请先运行 flask seed")
            account, link = activation.link_for_official(
                email=check_email(email), name=check_name(name), role=Role(role), region_code=region, actor=SYSTEM
            )
            login_name = account.login_name
    except RuleError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"login name: {login_name}")
    click.echo(
        f"activation link, for {name} alone, valid 72 hours: {link}" if link else "the account is in use already"
    )


@accounts.command("industry-authority")
@click.option("--organization", required=True, help="Its name.")
@click.option("--uscc", required=True)
@click.option("--region", required=True, help="Code of the region it is of, e.g. 330700 for the city.")
@click.option("--occupation", "occupations", required=True, multiple=True, help="One it advises on; may be repeated.")
@click.option("--name", required=True, help="Of the person.")
@click.option("--email", required=True)
def industry_authority(
    organization: str, uscc: str, region: str, occupations: tuple[str, ...], name: str, email: str
) -> None:
    """Register an industry authority, which bureaus ask for advice on bases, and the person who answers for it."""
    try:
        with transaction():
            authority = industry_authorities.register(
                organization.strip(), uscc, region, list(occupations), actor=SYSTEM
            )
            account, link = activation.link_for_official(
                email=check_email(email),
                name=check_name(name),
                role=Role.INDUSTRY_ADVISER,
                organization_id=authority.id,
                actor=SYSTEM,
            )
            login_name = account.login_name
    except RuleError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"login name: {login_name}")
    click.echo(
        f"activation link, for {name} alone, valid 72 hours: {link}" if link else "the account is in use already"
    )


@accounts.command()
@click.argument("login_name")
def disable(login_name: str) -> None:
    """Shut an account: nobody signs in with it any more, and its sessions end."""
    with transaction():
        account = db.session.scalar(select(Account).where(Account.login_name == login_name))
        if account is None:
            raise click.ClickException(f"no account {login_name}")
        account.disabled_at = clock.machine_now()
        sessions.end_all_sessions(account.id)
        audit.record("account.disable", actor=SYSTEM, object_kind="account", object_id=account.id)
    click.echo(f"{login_name} is disabled")
