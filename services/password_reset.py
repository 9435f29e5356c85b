"""A forgotten password: a link by e-mail, asked for in a way that tells nobody which addresses have an account."""

from sqlalchemy import select

from domain.roles import SYSTEM
from models import Account, ActivationLink, db
from services import accounts, activation, audit, crypto, jobs, letters, links, notices
from services.transaction import transaction

_EMAIL = "job.password_reset.email"


def ask(email: str) -> None:
    """Have the worker mail a link if there is such an account: the answer is the same, and as fast, without one."""
    jobs.ask("password_reset", actor=SYSTEM, email=crypto.seal(email, _EMAIL))


@jobs.handler("password_reset", priority=8)
def _mail(_run: jobs.Run, email: str) -> None:
    with transaction():
        address = crypto.unseal(email, _EMAIL)
        known = select(Account).where(Account.email == address, Account.disabled_at.is_(None))
        for account in db.session.scalars(known).all():
            if account.password_hash is None:
                activation.resend(account, actor=SYSTEM)
                continue
            link = links.new(links.Purpose.RESET, created_by=None, account_id=account.id)
            letter = letters.reset(account.display_name, link)
            notices.send_mail(address, letter.subject, letter.body)


def set_new(link: ActivationLink, password: str) -> Account:
    """Set the new password of a reset link; every session of the account ends.

    Raises links.DeadLink or accounts.WeakPassword.
    """
    account = links.account_of(link)
    if link.purpose != links.Purpose.RESET or account is None or account.disabled_at is not None:
        raise links.DeadLink()
    links.use(link)
    accounts.set_password(account, password)
    audit.record("account.reset_password", actor=accounts.owner(account), object_kind="account", object_id=account.id)
    return account
