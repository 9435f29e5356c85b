"""The accounts of a demo site: one for every role, with a password everybody knows; production refuses them."""

from dataclasses import dataclass

from sqlalchemy import inspect, select

from domain.roles import CITY, REGION_ROLES, Role
from models import Account, Membership, db
from services import accounts, clock, crypto

# Published on purpose: the data behind it is invented.
PASSWORD = "jiuzhou-2026"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """One account of the demo: who it is and where it acts; a technician's person is chosen by the demo city."""

    login_name: str
    name: str
    role: Role
    region_code: str | None = None
    uscc: str | None = None
    about: str = ""


_YONGLI = "91330784K49LUPRD6E"
_DONGYANG = "9133078377A34EQA59"
_SCHOOL = "91330784KBPXLQUU3C"

ACCOUNTS = (
    DemoAccount(login_name="yongkang", name="胡建国", role=Role.COUNTY_OFFICER, region_code="330784", about="永康市"),
    DemoAccount(login_name="yongkang2", name="应晓燕", role=Role.COUNTY_OFFICER, region_code="330784", about="永康市"),
    DemoAccount(login_name="dongyang", name="金志华", role=Role.COUNTY_OFFICER, region_code="330783", about="东阳市"),
    DemoAccount(login_name="shi", name="方文清", role=Role.CITY_OFFICER, region_code=CITY, about="金华市"),
    DemoAccount(login_name="zhongxin", name="章敏", role=Role.CENTER_STAFF, region_code=CITY, about="金华市"),
    DemoAccount(login_name="shenji", name="楼正言", role=Role.AUDITOR, region_code=CITY, about="金华市"),
    DemoAccount(login_name="yongli", name="程丽君", role=Role.EMPLOYER_CLERK, uscc=_YONGLI, about="永康市永力五金工具"),
    DemoAccount(
        login_name="yongli2", name="徐国平", role=Role.EMPLOYER_MANAGER, uscc=_YONGLI, about="永康市永力五金工具"
    ),
    DemoAccount(
        login_name="hengjin", name="吕少华", role=Role.EMPLOYER_CLERK, uscc=_DONGYANG, about="东阳市横锦红木家具"
    ),
    DemoAccount(
        login_name="xuexiao", name="朱慧敏", role=Role.BASE_CLERK, uscc=_SCHOOL, about="永康市五金职业技能培训学校"
    ),
    DemoAccount(
        login_name="xuexiao2", name="施伟东", role=Role.BASE_MANAGER, uscc=_SCHOOL, about="永康市五金职业技能培训学校"
    ),
    DemoAccount(login_name="jishi", name="陈建军", role=Role.TECHNICIAN, about="永力五金的一名技能人才"),
)


def make(
    demo: DemoAccount, *, organization_id: int | None = None, technician_id: int | None = None, person_key: str = ""
) -> Account:
    """Create one of the accounts, ready to sign in.

    `organization_id` is that of `demo.uscc`; `person_key` the blind index of a technician. Each of the others is a
    person of its own.
    """
    now = clock.machine_now()
    account = Account(
        login_name=demo.login_name,
        display_name=demo.name,
        password_hash=accounts.hash_password(PASSWORD),
        person_key=person_key or crypto.blind_index(f"demo\n{demo.login_name}"),
        is_demo=True,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    db.session.add(
        Membership(
            account_id=account.id,
            role=demo.role.value,
            organization_id=organization_id,
            region_code=demo.region_code if demo.role in REGION_ROLES else None,
            technician_id=technician_id,
            started_at=now,
        )
    )
    db.session.flush()
    return account


def present() -> list[str]:
    """The sign-in names of the demo accounts that can be used in this database."""
    if not inspect(db.engine).has_table(Account.__tablename__):
        return []
    query = select(Account.login_name).where(Account.is_demo, Account.disabled_at.is_(None))
    return list(db.session.scalars(query.order_by(Account.login_name)))
