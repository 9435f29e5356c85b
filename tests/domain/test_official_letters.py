"""What letters say: number and title as GB/T 9704 writes them, every kind with its own words, facts that come back."""

import json
from dataclasses import replace
from datetime import date

import pytest

from domain.official_letters import (
    About,
    LetterFacts,
    LetterKind,
    letter_number,
    paragraphs_of,
    title_of,
)
from domain.proof_facts import Seal

ABOUT = About(
    organization="永康市千锤五金制造有限公司",
    bureau="永康市人力资源和社会保障局",
    policy="管理办法",
    case_number="JD330784-20260601-0001",
    submitted_on=date(2026, 6, 1),
    on=date(2026, 6, 3),
    since=date(2026, 6, 3),
    until=date(2026, 7, 1),
    workdays=20,
    reason="场地租约已到期。",
    points=("补充租约；", "补充教师证书"),
    level="县级",
    scope="焊工（五级/初级工）",
    base_number="JXJY-330784-001",
    phone="12333",
)


def facts(kind: LetterKind = LetterKind.ACCEPTANCE) -> LetterFacts:
    return LetterFacts(
        kind=kind,
        form=kind.form,
        number=letter_number("330784", 2026, 3),
        title_lines=title_of(kind, ABOUT),
        issuer=ABOUT.bureau,
        region="永康市",
        addressee=ABOUT.organization,
        paragraphs=paragraphs_of(kind, ABOUT),
        copies="",
        issued_on=ABOUT.on,
        case_number=ABOUT.case_number,
        seal=Seal(text=ABOUT.bureau, lawful=False),
    )


def test_the_number_has_the_year_in_full_and_no_zeros() -> None:
    assert letter_number("330784", 2026, 3) == "永人社继〔2026〕3号"
    assert letter_number("JHKFQ", 2027, 12) == "金开人社继〔2027〕12号"


def test_a_long_title_ends_its_line_where_the_sense_allows_it() -> None:
    lines = title_of(LetterKind.PUBLIC_NOTICE, ABOUT)
    assert lines == ("关于拟认定永康市千锤五金制造有限公司", "为技能人才继续教育基地的公示")
    assert title_of(LetterKind.SUSPENSION, replace(ABOUT, organization="甲公司")) == (
        "关于暂停甲公司继续教育基地资格的决定",
    )
    assert title_of(LetterKind.ACCEPTANCE, ABOUT) == ("受理通知书",)


@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_has_words_and_names_whom_it_concerns(kind: LetterKind) -> None:
    paragraphs = paragraphs_of(kind, ABOUT)
    said = "".join((*title_of(kind, ABOUT), *paragraphs))
    assert all(paragraphs) and "None" not in said
    assert kind.label
    assert ABOUT.organization in said or "你单位" in said


def test_a_supplement_lists_every_point_once_and_says_it_is_all() -> None:
    said = paragraphs_of(LetterKind.SUPPLEMENT, ABOUT)
    assert "1．补充租约；" in said and "2．补充教师证书。" in said
    assert any("2026年7月1日前" in each for each in said) and any("一次性告知" in each for each in said)


@pytest.mark.parametrize(
    "kind", [LetterKind.NOT_ACCEPTED, LetterKind.REFUSAL, LetterKind.SUSPENSION, LetterKind.REVOCATION]
)
def test_what_goes_against_somebody_says_why_and_what_he_may_do(kind: LetterKind) -> None:
    said = "".join(paragraphs_of(kind, ABOUT))
    assert ABOUT.reason in said and "60日内" in said


def test_the_facts_come_back_and_a_changed_word_changes_the_fingerprint() -> None:
    whole = facts()
    assert LetterFacts.from_dict(json.loads(whole.to_json())) == whole
    assert replace(whole, number="永人社继〔2026〕4号").sha256() != whole.sha256()
