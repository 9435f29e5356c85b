"""The organisations of the demo city, invented, with the people who act for them and the officers of every county."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from domain.roles import CITY, Actor, Role
from models import Organization, OrganizationCapacity, db
from services import clock, demo_accounts


@dataclass(frozen=True, kw_only=True)
class DemoOrganization:
    """One organisation: `share` is its part of the employed technicians, `trade` what its people do.

    `clerk` and `manager` are names of people, for the organisations that no demo account acts for.
    """

    key: str
    uscc: str
    name: str
    region_code: str
    address: str
    capacities: tuple[str, ...] = ("employer",)
    trade: str = ""
    share: int = 0
    clerk: str = ""
    manager: str = ""


ORGANIZATIONS = (
    DemoOrganization(
        key="qianchui",
        uscc="91330784MAN1G11P0C",
        name="永康市千锤五金制造有限公司",
        region_code="330784",
        address="永康市经济开发区千锤路8号",
        trade="metal",
        share=18,
    ),
    DemoOrganization(
        key="huaxi",
        uscc="91330784MAGBAG4Y80",
        name="永康市华溪杯壶工业有限公司",
        region_code="330784",
        address="永康市芝英镇杯壶产业园3幢",
        trade="cups",
        share=10,
        clerk="应卓航",
        manager="吕文斌",
    ),
    DemoOrganization(
        key="nanxi",
        uscc="91330783MA3BC64K3D",
        name="东阳市南溪红木家具有限公司",
        region_code="330783",
        address="东阳市南马镇红木小镇16号",
        trade="wood",
        share=12,
        manager="卢国强",
    ),
    DemoOrganization(
        key="bolanggu",
        uscc="91330782MACN73YB2Y",
        name="义乌市拨浪鼓电子商务有限公司",
        region_code="330782",
        address="义乌市北苑街道电商园A座",
        trade="commerce",
        share=12,
        clerk="骆佳怡",
        manager="虞海峰",
    ),
    DemoOrganization(
        key="sanjiang",
        uscc="91330781MAP8K6D67W",
        name="兰溪市三江口纺织有限公司",
        region_code="330781",
        address="兰溪市女埠街道纺织园1号",
        trade="textile",
        share=10,
        clerk="舒雅琴",
        manager="童建林",
    ),
    DemoOrganization(
        key="shuxi",
        uscc="91330723MAWFKQ0GXL",
        name="武义县熟溪电动工具有限公司",
        region_code="330723",
        address="武义县黄龙工业区熟溪路21号",
        trade="tools",
        share=10,
        manager="何志明",
    ),
    DemoOrganization(
        key="yuequan",
        uscc="91330726MA02E49Q6X",
        name="浦江县月泉水晶制品有限公司",
        region_code="330726",
        address="浦江县中部水晶园区5幢",
        trade="crystal",
        share=7,
        clerk="于素珍",
        manager="郑钧",
    ),
    DemoOrganization(
        key="dapan",
        uscc="91330727MA70MC280P",
        name="磐安县大盘山中药饮片有限公司",
        region_code="330727",
        address="磐安县新渥街道药材路66号",
        trade="herbs",
        share=6,
        clerk="羊美芬",
        manager="陈开明",
    ),
    DemoOrganization(
        key="wujiang",
        uscc="91330702MAJ66AAD7R",
        name="金华市婺江汽车零部件有限公司",
        region_code="330702",
        address="金华市婺城区白龙桥镇机电路12号",
        trade="cars",
        share=9,
        clerk="范晓芸",
        manager="盛伟国",
    ),
    DemoOrganization(
        key="jidao",
        uscc="91330703MALG2QRJ95",
        name="金华市积道山物流有限公司",
        region_code="330703",
        address="金华市金东区鞋塘物流园",
        trade="logistics",
        share=6,
        clerk="邢露",
        manager="曹永刚",
    ),
    DemoOrganization(
        key="shuanglong",
        uscc="12330700776889230J",
        name="金华市双龙技师学院",
        region_code=CITY,
        address="金华市婺州街双龙校区",
        capacities=("training_base", "employer"),
        trade="college",
        share=1,
        clerk="汪若兰",
        manager="宋以诚",
    ),
    DemoOrganization(
        key="fangyan",
        uscc="523307846282643940",
        name="永康市方岩职业技能培训学校",
        region_code="330784",
        address="永康市西城街道学院路30号",
        capacities=("training_base",),
        trade="metal",
    ),
    DemoOrganization(
        key="geshan",
        uscc="123307835142423149",
        name="东阳市歌山技工学校",
        region_code="330783",
        address="东阳市歌山镇学士路9号",
        capacities=("training_base",),
        trade="wood",
        clerk="蒋月婷",
        manager="马成栋",
    ),
    DemoOrganization(
        key="tools_association",
        uscc="51330700130802511H",
        name="金华市电动工具制造业协会",
        region_code=CITY,
        address="金华市双溪西路协会楼301室",
        capacities=("industry_body",),
    ),
    DemoOrganization(
        key="doors_association",
        uscc="51330784566311561Q",
        name="永康市门锁行业协会",
        region_code="330784",
        address="永康市总部中心金贸大厦12层",
        capacities=("industry_body",),
        clerk="李安平",
        manager="胡振宇",
    ),
    DemoOrganization(
        key="bureau_yongkang",
        uscc="11330784002633187J",
        name="永康市人力资源和社会保障局",
        region_code="330784",
        address="永康市金城路25号",
        capacities=("government",),
        manager="卢志远",
    ),
)

# An officer of each county that no demo account stands for.
_OFFICERS = {
    "330702": "潘海燕",
    "330703": "黄志坚",
    "330723": "涂建芳",
    "330726": "张荣良",
    "330727": "周永亮",
    "330781": "诸葛明",
    "330782": "龚秀娟",
    CITY: "叶青",
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """An organisation of the demo city as it stands in the database."""

    demo: DemoOrganization
    id: int
    clerk: Actor
    manager: Actor

    @property
    def is_base(self) -> bool:
        return "training_base" in self.demo.capacities


@dataclass
class Staffing:
    """Who acts in the demo city: organisations by their key, officers by region."""

    sites: dict[str, Site] = field(default_factory=dict)
    officers: dict[str, list[Actor]] = field(default_factory=dict)


def are_there() -> bool:
    """Whether this database holds the demo city already."""
    return db.session.scalar(select(Organization.id).where(Organization.uscc == ORGANIZATIONS[0].uscc)) is not None


def found(since: date) -> dict[str, int]:
    """Write the organisations; returns their ids by key."""
    made = {}
    for demo in ORGANIZATIONS:
        organization = Organization(
            uscc=demo.uscc,
            name=demo.name,
            region_code=demo.region_code,
            address=demo.address,
            contact_name=demo.clerk or "综合办公室",
            contact_phone="057982000000",
            contact_email=f"{demo.key}@example.com",
            created_at=clock.now(),
        )
        db.session.add(organization)
        db.session.flush()
        db.session.add_all(
            OrganizationCapacity(organization_id=organization.id, capacity=capacity, since=since)
            for capacity in demo.capacities
        )
        made[demo.key] = organization.id
    return made


def _roles(capacities: tuple[str, ...]) -> tuple[Role, Role]:
    """As whom the clerk and the manager of such an organisation act."""
    if "training_base" in capacities:
        return Role.BASE_CLERK, Role.BASE_MANAGER
    if "employer" in capacities:
        return Role.EMPLOYER_CLERK, Role.EMPLOYER_MANAGER
    return Role.ORGANIZER_CLERK, Role.ORGANIZER_MANAGER


def appoint(ids: Mapping[str, int], password_hash: str, person_keys: Mapping[str, str]) -> Staffing:
    """Give everybody who acts for an organisation or the bureau an account.

    `person_keys` are the natural persons of those accounts, by sign-in name, who are in the register too.
    """
    made = Staffing()
    by_place = {(one.organization, one.role): one for one in demo_accounts.ACCOUNTS}

    def make(account: demo_accounts.DemoAccount, organization_id: int | None = None) -> Actor:
        return demo_accounts.make(
            account,
            password_hash=password_hash,
            organization_id=organization_id,
            person_key=person_keys.get(account.login_name, ""),
        )

    for demo in ORGANIZATIONS:
        roles = _roles(demo.capacities)
        clerk, manager = (
            by_place.get((demo.key, role))
            or demo_accounts.DemoAccount(login_name=f"{demo.key}.{suffix}", name=name, role=role, organization=demo.key)
            for role, name, suffix in zip(roles, (demo.clerk, demo.manager), ("jingban", "shenhe"), strict=True)
        )
        made.sites[demo.key] = Site(
            demo=demo, id=ids[demo.key], clerk=make(clerk, ids[demo.key]), manager=make(manager, ids[demo.key])
        )
    others = [
        demo_accounts.DemoAccount(
            login_name=f"renshe.{code}",
            name=name,
            role=Role.CITY_OFFICER if code == CITY else Role.COUNTY_OFFICER,
            region_code=code,
        )
        for code, name in _OFFICERS.items()
    ]
    for one in (*demo_accounts.ACCOUNTS, *others):
        if one.region_code is None:
            continue
        actor = make(one)
        if one.role in (Role.COUNTY_OFFICER, Role.CITY_OFFICER):
            made.officers.setdefault(one.region_code, []).append(actor)
    return made
