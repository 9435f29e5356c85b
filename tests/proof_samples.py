"""Proof facts to print: one compliant year, and what it takes to vary it."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.proof_facts import (
    AnnualFacts,
    Certificate,
    Entry,
    Floor,
    Issuer,
    Person,
    Policy,
    ProofFacts,
    PurposeFacts,
    Seal,
    TranscriptFacts,
    Use,
    YearRecord,
    proof_number,
)
from domain.proof_kinds import ProofKind

CODE = "7K3M9QW2XV5T8HBN4RZ6CJPDGF"
# A line of the first form, as papers bear it that were printed before the second, and the key it was signed with.
FIRST_LINE = (
    "AHC5CFOW6MORG7QLXMXJCFOUTD4ZSKZWB472R4WBAVCJV4DBNZXHKYLMBJFEQSSYFUZDAMRWFUYDAMBQGAYTEMYK4W6KBZUZSPTJ"
    "RDQKGMZTAKRKFIVCUKRKFIVCUKRKFIYTKCRSGAZDMLJQGEWTAOCUGA4TUMZQHIYDAKZQHA5DAMAKGIYDENPFXG2OLOVG4652PZ53"
    "VXTJLGPIQKZOLLNG4WEIN2F6X3SYRMHIU6COLLU25CTIDZVRQLRYBASTC427NOBBTD6LH6F35SKBBOYWIWPON4MJKSRQ52I2ZJEG"
    "MVTP2WVD6QB32BGPROGQPUAA3GPGEVMFZ65TNJFGM4KQN7FAPTZLNMRAM"
)
FIRST_KEY = "c5d115d6"
FIRST_KEY_SPKI = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfmqGiIwQXelznXBAXELjR1wdlDoKtkFb2HeVfgEC5ypjcmRzhu54KkGgsnyeuvHx"
    "uBejhTI9bM0HvVuXmLu9tw=="
)
_COURSES = [
    ("新型电力系统运行与安全技术", "培训研修", "专业科目", "8.0"),
    ("智能制造产线电气故障诊断", "企业自办", "专业科目", "8.0"),
    ("安全生产法律法规与职业道德", "线上学习", "公共科目", "4.0"),
    ("低压电工复审专项知识", "专项考试", "专业科目", "10.0"),
    ("以工代训（电气装配车间）", "以工代训", "专业科目", "6.5"),
]


def entries(count: int) -> tuple[Entry, ...]:
    made = []
    for index in range(count):
        title, form, subject, amount = _COURSES[index % len(_COURSES)]
        made.append(
            Entry(
                occurred_on=date(2025, 1, 10) + timedelta(days=11 * index), title=title, form=form, subject=subject,
                hours=Decimal(amount), credits=Decimal(amount), counted=Decimal(amount),
            )
        )  # fmt: skip
    return tuple(made)


def floor(key: str, label: str, required: str, earned: str, article: str = "第二十条") -> Floor:
    missing = max(Decimal(required) - Decimal(earned), Decimal("0.0"))
    return Floor(
        key=key, label=label, required=Decimal(required), earned=Decimal(earned), missing=missing, met=not missing,
        article=article,
    )  # fmt: skip


def facts(**changes: Any) -> AnnualFacts:
    """A year of a technician that meets all floors, with `changes` applied."""
    sample = AnnualFacts(
        number=proof_number("JHJX", 2026, 123),
        code=CODE,
        verify_url=f"https://jx.example.gov.cn/v/{CODE}",
        verify_page="https://jx.example.gov.cn/verify",
        issued_at=datetime(2026, 1, 8, 1, 30, tzinfo=UTC),
        issuer=Issuer(unit="金华市人力资源和社会保障局", region="金华市"),
        seal=Seal(text="金华市人力资源和社会保障局", lawful=False),
        person=Person(name="张晓明", sex="男", id_type="居民身份证", id_masked="330*************15"),
        certificates=(
            Certificate(
                kind="职业技能等级证书", occupation="电工", level="高级工（三级）", number="Y000133000001203000001",
                issued_on=date(2020, 6, 18), issuer="浙江某电气有限公司",
            ),
        ),
        employer="金华市婺城区某某智能电气装备股份有限公司",
        year=2025,
        policy=Policy(
            key="JH-2020-DRAFT", name="金华市技能人才继续教育管理办法（征求意见稿）", version="9f2c41d07a55be31" * 4,
            articles=("第二十条", "第二十二条"),
        ),
        floors=(
            floor("total", "总学分", "60.0", "88.5"),
            floor("public", "其中：公共科目", "10.0", "12.0"),
            floor("professional", "其中：专业科目", "40.0", "76.5"),
            floor("exam", "其中：专项知识考试", "10.0", "20.0"),
        ),
        compliant=True,
        conclusion="2025年度继续教育学分达到规定要求。",
        entries=entries(12),
        ledger_position=482113,
    )  # fmt: skip
    return replace(sample, **changes)


def named(name: str) -> AnnualFacts:
    sample = facts()
    return replace(sample, person=replace(sample.person, name=name))


def failing_year() -> AnnualFacts:
    """Not enough, with an entry that was cut and two certificates."""
    sample = facts()
    reason = "以工代训每年最多计20学分，超出部分不计入（第十六条）"
    cut = replace(sample.entries[4], counted=Decimal("4.0"), reason=reason)
    second = replace(
        sample.certificates[0], kind="国家职业资格证书", occupation="装配钳工", level="中级工（四级）",
        number="1533000000400123", issued_on=date(2015, 9, 2), issuer="金华市职业技能鉴定中心",
    )  # fmt: skip
    return replace(
        sample,
        entries=(*sample.entries[:4], cut),
        certificates=(*sample.certificates, second),
        compliant=False,
        conclusion="2025年度继续教育学分未达到规定要求：总学分尚缺26学分，公共科目尚缺6学分，专业科目尚缺10学分。",
        floors=(
            floor("total", "总学分", "60.0", "34.0"),
            floor("public", "其中：公共科目", "10.0", "4.0"),
            floor("professional", "其中：专业科目", "40.0", "30.0"),
            floor("exam", "其中：专项知识考试", "10.0", "10.0"),
        ),
    )


def _record(year: int, count: int, *, listed: bool = True, judged: bool = True, public: str = "12.0") -> YearRecord:
    floors = (
        floor("total", "总学分", "60.0", "88.5"),
        floor("public", "其中：公共科目", "10.0", public),
        floor("professional", "其中：专业科目", "40.0", "76.5"),
        floor("exam", "其中：专项知识考试", "10.0", "20.0"),
    )
    met = all(each.met for each in floors)
    return YearRecord(
        year=year, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31), judged=judged,
        status="达到" if met else "未达到", floors=floors, conclusion=f"{year} 年度总学分 88.5", posted=count,
        entries=tuple(
            replace(each, occurred_on=each.occurred_on.replace(year=year)) for each in entries(count)
        ) if listed else (),
    )  # fmt: skip


def _common(kind: ProofKind) -> dict[str, Any]:
    sample = facts()
    names = {each.name for each in fields(ProofFacts)} - {"kind", "title", "year", "conclusion"}
    return {**{name: getattr(sample, name) for name in names}, "kind": kind.value, "title": kind.heading}


def transcript(first: int = 2021, last: int = 2025, each: int = 12) -> TranscriptFacts:
    """All entries of several years."""
    years = tuple(_record(year, each, public="9.5" if year == first else "12.0") for year in range(first, last + 1))
    return TranscriptFacts(
        **_common(ProofKind.TRANSCRIPT), year=last, years=years, credits=Decimal("442.5"),
        conclusion=f"{first}年度至{last}年度共登记{each * len(years)}条、442.5学分。",
    )  # fmt: skip


def purpose(kind: ProofKind = ProofKind.EXAMINER) -> PurposeFacts:
    """Three years of a cycle, all met, and the running one for information."""
    years = (
        *(_record(year, 12, listed=False) for year in (2023, 2024, 2025)),
        _record(2026, 3, listed=False, judged=False),
    )
    return PurposeFacts(
        **_common(kind), year=2026, years=years, entries_posted=39,
        use=Use(
            label=kind.label, article="第二十五条", strength="必备条件", source="征求意见稿",
            rule="考评人员参加资格认定或复核评定，每年度继续教育学分不低于最低要求",
        ),
        window="办理前已结束的 3 个年度，每个年度分别评价（2023年1月1日至2025年12月31日）",
        window_starts_on=date(2023, 1, 1), window_ends_on=date(2025, 12, 31), outcome="met", outcome_label="达到要求",
        advice="符合该项资格对继续教育学分的要求", valid_until=date(2026, 2, 7),
        conclusion=f"{kind.label}：达到要求，符合该项资格对继续教育学分的要求。",
    )  # fmt: skip
