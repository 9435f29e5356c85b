"""The accounts of a demo site: one for every role, with a password everybody knows; production refuses them."""

from dataclasses import dataclass

from sqlalchemy import inspect, select

from domain.roles import CITY, LEADERS, REGION_ROLES, Actor, Role
from models import Account, Membership, db
from services import clock, crypto

# Published on purpose: the data behind it is invented.
PASSWORD = "jiuzhou-2026"  # noqa: S105

_HOMES = {Role.TECHNICIAN: "/me", Role.CENTER_STAFF: "/center", Role.INDUSTRY_ADVISER: "/industry"}
_HOMES |= dict.fromkeys((*LEADERS, Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.AUDITOR), "/bureau")


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """One account of the demo: who it is and where it acts.

    `organization` is a key of services.demo_organizations; a technician's person has the same `name` in the demo city.
    """

    login_name: str
    name: str
    role: Role
    region_code: str | None = None
    organization: str | None = None
    about: str = ""

    @property
    def home(self) -> str:
        """The page the account starts at."""
        return _HOMES.get(self.role, "/work")


def _officer(login_name: str, name: str, region_code: str, about: str) -> DemoAccount:
    return DemoAccount(login_name=login_name, name=name, role=Role.COUNTY_OFFICER, region_code=region_code, about=about)


ACCOUNTS = (
    DemoAccount(login_name="jishi", name="陈建军", role=Role.TECHNICIAN, about="年度已达标，有往年记录和证明"),
    DemoAccount(login_name="jishi2", name="吕美玲", role=Role.TECHNICIAN, about="年度还有缺口，有一笔冲销"),
    DemoAccount(login_name="jishi3", name="应晨曦", role=Role.TECHNICIAN, about="新取得证书，义务从次年起"),
    DemoAccount(login_name="jishi4", name="徐小龙", role=Role.TECHNICIAN, about="没有证书，不负年度义务"),
    DemoAccount(
        login_name="shuxi",
        name="章立群",
        role=Role.EMPLOYER_CLERK,
        organization="shuxi",
        about="武义县熟溪电动工具；本人也是技能人才，可切换身份",
    ),
    DemoAccount(
        login_name="qianchui",
        name="程丽君",
        role=Role.EMPLOYER_CLERK,
        organization="qianchui",
        about="永康市千锤五金制造",
    ),
    DemoAccount(
        login_name="qianchui2",
        name="徐国平",
        role=Role.EMPLOYER_MANAGER,
        organization="qianchui",
        about="永康市千锤五金制造",
    ),
    DemoAccount(
        login_name="nanxi", name="吕少华", role=Role.EMPLOYER_CLERK, organization="nanxi", about="东阳市南溪红木家具"
    ),
    DemoAccount(
        login_name="fangyan",
        name="朱慧敏",
        role=Role.BASE_CLERK,
        organization="fangyan",
        about="永康市方岩职业技能培训学校",
    ),
    DemoAccount(
        login_name="fangyan2",
        name="施伟东",
        role=Role.BASE_MANAGER,
        organization="fangyan",
        about="永康市方岩职业技能培训学校",
    ),
    DemoAccount(
        login_name="xiehui",
        name="陈国良",
        role=Role.ORGANIZER_CLERK,
        organization="tools_association",
        about="金华市电动工具制造业协会",
    ),
    DemoAccount(
        login_name="xiehui2",
        name="方向东",
        role=Role.ORGANIZER_MANAGER,
        organization="tools_association",
        about="金华市电动工具制造业协会",
    ),
    DemoAccount(
        login_name="zhuban",
        name="应志强",
        role=Role.ORGANIZER_CLERK,
        organization="bureau_yongkang",
        about="永康市人力资源和社会保障局，直接举办活动",
    ),
    DemoAccount(
        login_name="jingxin",
        name="周静怡",
        role=Role.INDUSTRY_ADVISER,
        organization="economy",
        about="永康市经济和信息化局，就基地申请提意见",
    ),
    _officer("yongkang", "胡建国", "330784", "永康市"),
    _officer("yongkang2", "应晓燕", "330784", "永康市，第二位经办人"),
    _officer("dongyang", "金志华", "330783", "东阳市"),
    DemoAccount(login_name="shi", name="方文清", role=Role.CITY_OFFICER, region_code=CITY, about="金华市"),
    DemoAccount(login_name="yongkangju", name="卢正声", role=Role.COUNTY_LEADER, region_code="330784", about="永康市"),
    DemoAccount(login_name="shiju", name="钱怀瑾", role=Role.CITY_LEADER, region_code=CITY, about="金华市"),
    DemoAccount(login_name="zhongxin", name="章敏", role=Role.CENTER_STAFF, region_code=CITY, about="金华市"),
    DemoAccount(login_name="shenji", name="楼正言", role=Role.AUDITOR, region_code=CITY, about="金华市"),
)


def make(
    demo: DemoAccount,
    *,
    password_hash: str,
    organization_id: int | None = None,
    technician_id: int | None = None,
    person_key: str = "",
) -> Actor:
    """Create one of the accounts, ready to sign in, and return who acts by it.

    `person_key` is the blind index of a technician. Each of the others is a person of its own.
    """
    now = clock.now()
    account = Account(
        login_name=demo.login_name,
        display_name=demo.name,
        password_hash=password_hash,
        person_key=person_key or crypto.blind_index(f"demo\n{demo.login_name}"),
        is_demo=True,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return join(
        account,
        demo.role,
        organization_id=organization_id,
        region_code=demo.region_code if demo.role in REGION_ROLES else None,
        technician_id=technician_id,
    )


def join(
    account: Account,
    role: Role,
    *,
    organization_id: int | None = None,
    region_code: str | None = None,
    technician_id: int | None = None,
) -> Actor:
    """Give a demo account one capacity."""
    membership = Membership(
        account_id=account.id,
        role=role.value,
        organization_id=organization_id,
        region_code=region_code,
        technician_id=technician_id,
        started_at=clock.now(),
    )
    db.session.add(membership)
    db.session.flush()
    return Actor(
        role=role,
        name=account.display_name,
        account_id=account.id,
        membership_id=membership.id,
        organization_id=organization_id,
        region_code=region_code,
        technician_id=technician_id,
        person_key=account.person_key,
    )


def present() -> list[str]:
    """The sign-in names of the demo accounts that can be used in this database."""
    if not inspect(db.engine).has_table(Account.__tablename__):
        return []
    query = select(Account.login_name).where(Account.is_demo, Account.disabled_at.is_(None))
    return list(db.session.scalars(query.order_by(Account.login_name)))
