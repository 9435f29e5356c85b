"""The technicians of the demo city: who they are, what they are certified in, for whom they work; written set-based."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from domain.identity import IdType
from domain.periods import CHINA
from domain.skills import CertificateKind
from ids import new_id
from models import Employment, IdentityKey, SkillCertificate, Technician, db
from services import crypto, demo_names, reference, registry
from services.demo_organizations import ORGANIZATIONS, DemoOrganization

# What the people of a trade are certified in, the usual first.
_OCCUPATIONS = {
    "metal": "焊工 冲压工 模具工 工具五金制作工 电工 车工 锁具制作工 镀层工 起重装卸机械操作工",
    "cups": "日用五金制品制作工 焊工 镀层工 冲压工 工业机器人系统操作员 电工",
    "wood": "家具制作工 手工木工 工艺品雕刻工 电工 古建筑工",
    "commerce": "电子商务师 互联网营销师 物流服务师 快递员 人工智能训练师",
    "textile": "纺织染色工 缝纫工 服装制版师 机修钳工 化学检验员",
    "tools": "电动工具制造工 装配钳工 电工 模具工 机电设备维修工",
    "crystal": "玻璃制品加工工 磨工 工艺品雕刻工 电工",
    "herbs": "中药炮制工 化学检验员 茶叶加工工 评茶师",
    "cars": "车工 铣工 多工序数控机床操作调整工 汽车装调工 工业机器人系统运维员 金属热处理工",
    "logistics": "起重装卸机械操作工 物流服务师 快递员 汽车维修工",
    "college": "职业培训师 车工 电工 工业机器人系统运维员",
    "": "中式烹调师 养老护理员 保育师 美发师 家政服务员 汽车维修工 电工 肉制品加工工 茶艺师",
}
_LEVELS = {2: 14, 3: 34, 4: 34, 5: 14, 6: 4, 7: 0.2}
_FLEXIBLE = 0.08
_REGIONS = ("330702", "330703", "330723", "330726", "330727", "330781", "330782", "330783", "330784")


@dataclass(kw_only=True)
class Person:
    """One technician, as far as the scenes need to know; `organization` is a key, empty without an employer."""

    id: int
    name: str
    number: str
    sex: str
    born_on: date
    region_code: str
    organization: str
    trade: str
    hired_on: date
    left_on: date | None = None
    has_account: bool = False
    certificates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def occupation(self) -> str:
        return str(self.certificates[0]["occupation"]) if self.certificates else ""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A person the demo accounts need: the certificate and what became of it are part of the story."""

    name: str
    sex: str
    born_on: date
    organization: str
    certified_years_ago: int | None
    level: int = 4


# By sign-in name of the demo account.
_KNOWN = {
    "jishi": _Known(
        name="陈建军", sex="1", born_on=date(1979, 6, 12), organization="qianchui", certified_years_ago=6, level=5
    ),
    "jishi2": _Known(name="吕美玲", sex="2", born_on=date(1988, 11, 3), organization="qianchui", certified_years_ago=4),
    "jishi3": _Known(
        name="应晨曦", sex="1", born_on=date(2002, 2, 20), organization="qianchui", certified_years_ago=0, level=2
    ),
    "jishi4": _Known(
        name="徐小龙", sex="1", born_on=date(1996, 8, 8), organization="qianchui", certified_years_ago=None
    ),
    "shuxi": _Known(name="章立群", sex="1", born_on=date(1986, 4, 17), organization="shuxi", certified_years_ago=5),
}


class Crowd:
    """Everybody of the demo city, drawn by one generator so that the same day gives the same people."""

    def __init__(self, draw: Random, today: date, size: int) -> None:
        self.draw, self.today = draw, today
        self.everybody: list[Person] = []
        self.known: dict[str, Person] = {}
        self._numbers: set[str] = set()
        self._serial = 0
        by_key = {one.key: one for one in ORGANIZATIONS}
        for login_name, known in _KNOWN.items() if size else ():
            self.known[login_name] = self._add_known(known, by_key[known.organization])
        employers = [one for one in ORGANIZATIONS if one.share]
        weights = [one.share for one in employers]
        for _ in range(size - len(self.everybody)):
            flexible = draw.random() < _FLEXIBLE
            self.everybody.append(self.draw_person(None if flexible else draw.choices(employers, weights)[0]))

    def staff(self, organization: str, on: date) -> list[Person]:
        """Who works for the organisation on this day."""
        return [
            one
            for one in self.everybody
            if one.organization == organization and one.hired_on <= on and (one.left_on is None or one.left_on > on)
        ]

    def of_region(self, region_code: str) -> list[Person]:
        return [one for one in self.everybody if one.region_code == region_code and one.left_on is None]

    # --- drawing ------------------------------------------------------------------------------------------------------

    def draw_person(self, employer: DemoOrganization | None) -> Person:
        """Somebody who works for this employer, or for none; not yet one of everybody."""
        draw = self.draw
        region = employer.region_code if employer else draw.choice(_REGIONS)
        if region not in _REGIONS:
            region = "330702"
        trade = employer.trade if employer else ""
        men = {"textile": 0.3, "cups": 0.55, "commerce": 0.4, "": 0.45, "herbs": 0.5}.get(trade, 0.76)
        sex = "1" if draw.random() < men else "2"
        age = min(max(round(draw.gauss(38, 10)), 19), 62)
        born_on = self.today - timedelta(days=age * 365 + draw.randrange(1, 365))
        name, prefix = demo_names.person(draw, region, born_on, sex=sex)
        number = demo_names.id_number(draw, prefix, born_on, sex=sex, taken=self._numbers)
        person = Person(
            id=new_id(),
            name=name,
            number=number,
            sex=sex,
            born_on=born_on,
            region_code=region,
            organization=employer.key if employer else "",
            trade=trade,
            hired_on=self._hired_on(born_on),
        )
        if employer is not None and draw.random() < 0.04:
            person.left_on = demo_names.day_between(draw, max(person.hired_on, self._ago(300)), self._ago(5))
        if draw.random() < 0.98:
            self._certify(person, self._issued_on(born_on), draw.choices([*_LEVELS], [*_LEVELS.values()])[0])
            if draw.random() < 0.2:
                first = person.certificates[0]
                self._certify(person, self._issued_on(born_on), first["level"] or 3)
        return person

    def _add_known(self, known: _Known, employer: DemoOrganization) -> Person:
        number = demo_names.id_number(
            self.draw,
            demo_names.home_code(employer.region_code, known.born_on.year),
            known.born_on,
            sex=known.sex,
            taken=self._numbers,
        )
        person = Person(
            id=new_id(),
            name=known.name,
            number=number,
            sex=known.sex,
            born_on=known.born_on,
            region_code=employer.region_code,
            organization=employer.key,
            trade=employer.trade,
            hired_on=date(max(known.born_on.year + 21, 2015), 3, 1),
            has_account=True,
        )
        if known.certified_years_ago is not None:
            # Of this year: early in it, so that there is such a day whenever the city is made.
            year = self.today.year - known.certified_years_ago
            issued_on = date(year, 1, 4) if known.certified_years_ago == 0 else date(year, 9, 18)
            self._certify(person, min(issued_on, self.today), known.level)
        self.everybody.append(person)
        return person

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def _hired_on(self, born_on: date) -> date:
        grown = born_on + timedelta(days=18 * 365 + 5)
        if self.draw.random() < 0.06:
            return demo_names.day_between(self.draw, max(grown, self._ago(300)), self._ago(20))
        return demo_names.day_between(self.draw, max(grown, date(2008, 1, 1)), max(grown, self._ago(700)))

    def _issued_on(self, born_on: date) -> date:
        grown = born_on + timedelta(days=17 * 365 + 5)
        first = max(grown, date(2009, 1, 1))
        if self.draw.random() < 0.5:
            first = max(grown, date(2019, 1, 1))
        return demo_names.day_between(self.draw, min(first, self._ago(40)), self._ago(30))

    def _certify(self, person: Person, issued_on: date, level: int) -> None:
        draw = self.draw
        self._serial += 1
        # The State's own qualifications gave way to certificates of employers and assessment bodies in 2020.
        kind = "qualification" if issued_on.year < 2020 else "skill_level"
        if level == 7 and issued_on.year < 2022:
            level = 6
        if draw.random() < 0.05:
            kind, level = "special_ability", 0
        usual = _OCCUPATIONS[person.trade].split()
        occupation = usual[min(int(draw.expovariate(0.6)), len(usual) - 1)]
        by_employer = draw.random() < 0.35
        person.certificates.append(
            {
                "technician_id": person.id,
                "id": new_id(),
                "kind": kind,
                "occupation": occupation,
                "occupation_code": _CODES[occupation],
                "level": level,
                "number": demo_names.certificate_number(
                    draw, kind, level, issued_on, self._serial, by_employer=by_employer
                ),
                "issued_on": issued_on,
                "issuer": _issuer(kind, person, by_employer=by_employer),
                "state": "valid",
            }
        )


_CODES = {one.name: one.code for one in reference.occupations()}
_NAMES = {one.key: one.name for one in ORGANIZATIONS}


def _issuer(kind: str, person: Person, *, by_employer: bool) -> str:
    if kind == "qualification":
        return "金华市职业技能鉴定指导中心"
    if kind == "special_ability":
        return "金华市人力资源和社会保障局"
    return _NAMES.get(person.organization, _NAMES["shuanglong"]) if by_employer else _NAMES["shuanglong"]


def write(crowd: Crowd, organization_ids: Mapping[str, int]) -> None:
    """Put everybody into the register, numbers sealed."""
    draw = crowd.draw
    persons, keys, employments = [], [], []
    for one in crowd.everybody:
        persons.append(
            {
                "id": one.id,
                "name": one.name,
                "sex": one.sex,
                "born_on": one.born_on,
                "id_type": IdType.RESIDENT_ID.value,
                "id_number_sealed": crypto.seal(one.number, registry.ID_NUMBER),
                "phone_sealed": crypto.seal(demo_names.mobile(draw), registry.PHONE) if draw.random() < 0.9 else None,
                "insurance_number_sealed": None,
                "region_code": one.region_code,
                "created_at": datetime.combine(max(one.hired_on, date(2021, 3, 1)), time(9), CHINA).astimezone(UTC),
            }
        )
        keys.append({"blind_index": crypto.blind_index(one.number), "technician_id": one.id})
        if one.organization:
            employments.append(_employment(one, organization_ids[one.organization], one.hired_on, one.left_on))
    employments += _claims(crowd, organization_ids)
    db.session.execute(insert(Technician), persons)
    db.session.execute(insert(IdentityKey), keys)
    db.session.execute(insert(SkillCertificate), [row for one in crowd.everybody for row in one.certificates])
    db.session.execute(insert(Employment), employments)


def _claims(crowd: Crowd, organization_ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """Employers that named somebody who was in the register already, and wait for the person to agree."""
    flexible = [one for one in crowd.everybody if not one.organization][:6]
    wanted = [(one, "qianchui") for one in flexible] + [(crowd.known["jishi4"], "huaxi")]
    return [
        _employment(one, organization_ids[key], crowd.today - timedelta(days=6), None, state="claimed")
        for one, key in wanted
    ]


def _employment(
    person: Person, organization_id: int, started_on: date, ended_on: date | None, *, state: str = "active"
) -> dict[str, Any]:
    return {
        "technician_id": person.id,
        "id": new_id(),
        "organization_id": organization_id,
        "started_on": started_on,
        "ended_on": ended_on,
        "state": state,
    }


def list_of_newcomers(crowd: Crowd, key: str) -> bytes:
    """A staff list as the personnel office would send it (CSV): people new to the register, and three mistakes."""
    draw, employer = crowd.draw, next(one for one in ORGANIZATIONS if one.key == key)
    stranger = Crowd(draw, crowd.today, 0)
    taken = {one.number for one in crowd.everybody}
    rows = [("姓名", "性别", "身份证号", "手机号码", "职业（工种）", "技能等级", "证书类别", "证书编号", "发证日期")]
    ranks = {level.rank: level.name for level in reference.levels()}
    while len(rows) < 13:
        one = stranger.draw_person(employer)
        if one.number in taken or not one.certificates:
            continue
        paper, number, issued_on = one.certificates[0], one.number, f"{one.certificates[0]['issued_on']:%Y-%m-%d}"
        if len(rows) == 4:
            number = number[:16] + str((int(number[16]) + 5) % 10) + number[17]
        if len(rows) == 9:
            issued_on = ""
        level = "超级工" if len(rows) == 11 else ranks[paper["level"]]
        rows.append(
            (
                *(
                    one.name,
                    "男" if one.sex == "1" else "女",
                    number,
                    demo_names.mobile(draw),
                    paper["occupation"],
                    level,
                ),
                *(CertificateKind(paper["kind"]).label, paper["number"], issued_on),
            )
        )
    return "\r\n".join(",".join(row) for row in rows).encode("utf-8-sig")
