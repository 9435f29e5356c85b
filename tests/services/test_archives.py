"""Teaching archives: what is missing, closing in time, papers, holds, handing over, and the end after ten years."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from domain.archive_rules import Item, Standing
from domain.errors import NotAllowed, RuleError
from domain.roles import Actor, Role
from models import ActivityFiling, Notice, Organization, ResultReport, StoredFile, TeachingArchive, db
from services import (
    archive_bundles,
    archive_disposals,
    archive_handovers,
    archive_holds,
    archive_papers,
    archives,
    evidence,
    files,
    ledger_checks,
    result_checks,
)
from services.archives import Filters
from services.evidence import Upload
from services.transaction import transaction
from tests.filing_makers import COUNTY, at, make_account, make_officer
from tests.services import result_makers
from tests.services.result_makers import City, Employer

assert result_checks  # its check joins those of the ledger

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
LATER = date(2026, 8, 1)
OVER = date(2037, 1, 1)


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context():
        yield result_makers.make_city()


@pytest.fixture
def employer(city: City) -> Employer:
    return result_makers.make_employer()


@pytest.fixture
def report(city: City, employer: Employer) -> ResultReport:
    """A class whose credits are posted; nobody kept attendance, and the films are missing with a reason."""
    report = result_makers.make_report(city, employer, result_makers.make_people(city, employer, 3))
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return report


@pytest.fixture
def filing(report: ResultReport) -> ActivityFiling:
    return report.filing


def standings(filing: ActivityFiling) -> dict[Item, Standing]:
    return {entry.item: entry.standing for entry in archives.of_filing(filing).entries}


def close_later(filing: ActivityFiling) -> TeachingArchive:
    with at(LATER):
        archives.close_due()
    return db.session.scalars(select(TeachingArchive).where(TeachingArchive.filing_id == filing.id)).one()


# --- The index --------------------------------------------------------------------------------------------------------


def test_the_index_says_what_is_there_and_what_is_not(filing: ActivityFiling) -> None:
    found = standings(filing)
    assert found.pop(Item.ATTENDANCE) is Standing.MISSING
    assert found.pop(Item.EVIDENCE) is Standing.EXPLAINED
    assert set(found.values()) == {Standing.THERE}
    archive = archives.of_filing(filing)
    assert len(archive.missing) == 1
    assert not archive.may_close
    assert archive.keep_until == date(2036, 12, 31)


def test_a_photographed_sheet_is_a_record_of_its_session(city: City, employer: Employer) -> None:
    persons = result_makers.make_people(city, employer, 2)
    made = result_makers.make_filing(city, employer)
    report = result_makers.report_on(city, employer, persons, made)
    first, second = made.sessions[:2]
    with transaction():
        sheet = Upload(name="签到表.jpg", data=result_makers.picture(901))
        evidence.add(report, [sheet], actor=employer.clerk, session_id=first.id, sheets=True)
    archive = archives.of_filing(made)
    entry = next(entry for entry in archive.entries if entry.item is Item.ATTENDANCE)
    assert entry.held == "1 / 4 个课次有记录"
    assert evidence.say_session(first) not in entry.missing[0]
    assert evidence.say_session(second) in entry.missing[0]


def test_a_paper_added_afterwards_is_shown_as_such(filing: ActivityFiling, employer: Employer) -> None:
    with transaction():
        paper = archive_papers.add_paper(filing, Item.ATTENDANCE, PDF, "扫描件.pdf", actor=employer.clerk)
    assert standings(filing)[Item.ATTENDANCE] is Standing.SUPPLIED
    assert archives.of_filing(filing).may_close
    with transaction():
        closed = archives.close(filing, actor=employer.clerk)
    assert closed.missing == []
    with pytest.raises(RuleError, match="已归档"), transaction():
        archive_papers.remove_paper(filing, paper.id, actor=employer.clerk)


def test_a_paper_added_by_mistake_is_taken_out_before_the_closing(filing: ActivityFiling, employer: Employer) -> None:
    with transaction():
        paper = archive_papers.add_paper(filing, Item.ATTENDANCE, PDF, "错.pdf", actor=employer.clerk)
    with transaction():
        archive_papers.remove_paper(filing, paper.id, actor=employer.clerk)
    assert standings(filing)[Item.ATTENDANCE] is Standing.MISSING


@pytest.mark.parametrize("item", [Item.RESULTS, Item.DECISION])
def test_only_the_keeper_adds_and_only_what_can_be_added(
    filing: ActivityFiling, city: City, employer: Employer, item: Item
) -> None:
    stranger = result_makers.make_employer()
    for actor in (stranger.clerk, employer.manager, city.officer):
        with pytest.raises(NotAllowed), transaction():
            archive_papers.add_paper(filing, Item.OTHER, PDF, "x.pdf", actor=actor)
    if item is Item.DECISION:
        with pytest.raises(RuleError, match="办理过程"), transaction():
            archive_papers.add_paper(filing, item, PDF, "x.pdf", actor=employer.clerk)
    with pytest.raises(files.BadFile), transaction():
        archive_papers.add_paper(filing, Item.OTHER, b"MZ\x90", "x.exe", actor=employer.clerk)


# --- Closing ----------------------------------------------------------------------------------------------------------


def test_what_lacks_something_is_closed_by_the_program_in_time(filing: ActivityFiling, employer: Employer) -> None:
    archives.close_due()
    assert db.session.get(TeachingArchive, filing.id) is None
    with pytest.raises(RuleError, match="缺项"), transaction():
        archives.close(filing, actor=employer.clerk)
    closed = close_later(filing)
    assert len(closed.missing) == 1
    assert (closed.keep_until, closed.keeper_id) == (date(2036, 12, 31), employer.id)
    told = db.session.scalars(select(Notice.title).where(Notice.case_id == filing.case_id)).all()
    assert any(title.startswith("教学档案已归档，缺 1 项") for title in told)
    close_later(filing)


def test_nothing_is_closed_before_it_is_credited(city: City, employer: Employer) -> None:
    waiting = result_makers.make_report(city, employer, result_makers.make_people(city, employer, 1))
    with pytest.raises(RuleError, match="入账后"), transaction():
        archives.close(waiting.filing, actor=employer.clerk)


def test_lists_are_narrowed(filing: ActivityFiling, employer: Employer, city: City) -> None:
    def listed(actor: Actor, state: str = "", search: str = "") -> list[int]:
        query = archives.listing(actor, Filters(state=state, search=search))
        return [row.id for row in db.session.execute(query)]

    assert listed(employer.clerk, "open") == [filing.id]
    assert listed(employer.clerk, "complete") == listed(employer.clerk, "incomplete") == []
    close_later(filing)
    assert listed(employer.clerk, "incomplete") == [filing.id]
    assert listed(employer.clerk, "open") == listed(employer.clerk, "complete") == []
    assert listed(city.officer, search=filing.title[:6]) == [filing.id]
    assert listed(make_officer("330783")) == []
    assert listed(city.city_officer) == [filing.id]
    with transaction():
        archive_holds.hold(filing, "核查", actor=city.officer)
    assert listed(city.officer, "held") == [filing.id]


# --- Handing over -----------------------------------------------------------------------------------------------------


def uscc_of(employer: Employer) -> str:
    return db.session.get_one(Organization, employer.id).uscc


def test_another_organisation_takes_over_and_keeps_it_for_the_same_time(
    filing: ActivityFiling, employer: Employer
) -> None:
    heir = result_makers.make_employer()
    assert archives.find(filing.id, seen_by=heir.clerk) is None
    assert archive_handovers.outstanding(employer.id) == 1
    with transaction():
        handover = archive_handovers.ask(uscc_of(heir), reason="停止办学", paper_place="三楼", actor=employer.clerk)
    assert handover.archives == 1
    assert archives.find(filing.id, seen_by=heir.clerk) is None
    for actor in (employer.clerk, heir.manager, result_makers.make_employer().clerk):
        with pytest.raises(NotAllowed), transaction():
            archive_handovers.accept(handover, actor=actor)
    with transaction():
        archive_handovers.accept(handover, actor=heir.clerk)
    closed = db.session.get_one(TeachingArchive, filing.id)
    assert (closed.keeper_id, closed.keep_until) == (heir.id, date(2036, 12, 31))
    assert archive_handovers.outstanding(employer.id) == 0
    assert archives.find(filing.id, seen_by=heir.clerk) is not None
    with transaction():
        archive_papers.add_paper(filing, Item.OTHER, PDF, "x.pdf", actor=heir.clerk)
    with pytest.raises(NotAllowed), transaction():
        archive_papers.add_paper(filing, Item.OTHER, PDF, "x.pdf", actor=employer.clerk)


def test_without_an_heir_the_bureau_takes_over(filing: ActivityFiling, employer: Employer, city: City) -> None:
    with transaction():
        handover = archive_handovers.ask("", reason="注销", paper_place="", actor=employer.clerk)
    with pytest.raises(RuleError, match="等待接收"), transaction():
        archive_handovers.ask("", reason="再来", paper_place="", actor=employer.clerk)
    stranger = make_officer("330783")
    with pytest.raises(NotAllowed), transaction():
        archive_handovers.accept(handover, actor=stranger)
    with transaction():
        archive_handovers.accept(handover, actor=city.officer)
    assert db.session.get_one(TeachingArchive, filing.id).keeper_id is None
    assert not archives.keeps(filing, employer.clerk)
    with pytest.raises(RuleError, match="已经办理"), transaction():
        archive_handovers.withdraw(handover, actor=employer.clerk)


def test_an_offer_is_declined_or_withdrawn(filing: ActivityFiling, employer: Employer, city: City) -> None:
    with transaction():
        handover = archive_handovers.ask("", reason="注销", paper_place="", actor=employer.clerk)
    with pytest.raises(RuleError, match="理由"), transaction():
        archive_handovers.decline(handover, " ", actor=city.officer)
    with transaction():
        archive_handovers.decline(handover, "请先补齐签到表", actor=city.officer)
    with transaction():
        again = archive_handovers.ask("", reason="注销", paper_place="", actor=employer.clerk)
    with transaction():
        archive_handovers.withdraw(again, actor=employer.clerk)
    assert archive_handovers.outstanding(employer.id) == 1
    for uscc, said in ((uscc_of(employer), "本单位"), ("91330784MAQH7X2K4L", "没有这个")):
        with pytest.raises(RuleError, match=said), transaction():
            archive_handovers.ask(uscc, reason="x", paper_place="", actor=employer.clerk)


# --- The end ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def leader(city: City) -> Actor:
    return make_account(Role.COUNTY_LEADER, region_code=COUNTY)


def stored_of(filing: ActivityFiling, report: ResultReport) -> list[StoredFile]:
    return [each.file for each in (*filing.case.attachments, *report.case.attachments)]


def test_after_its_time_two_people_let_the_files_go_and_the_books_stand(
    filing: ActivityFiling, report: ResultReport, employer: Employer, city: City, leader: Actor
) -> None:
    close_later(filing)
    with transaction():
        archive_bundles.ask(filing, actor=employer.clerk)
    stranger = make_account(Role.COUNTY_LEADER, region_code="330783")
    with at(OVER - timedelta(days=1)), pytest.raises(RuleError, match="没有保管期满"), transaction():
        archive_disposals.propose(actor=city.officer)
    with at(OVER):
        with transaction():
            listed = archive_disposals.propose(actor=city.officer)
        assert all(files.is_there(each) for each in stored_of(filing, report))
        for actor in (city.officer, stranger, employer.clerk):
            with pytest.raises(NotAllowed), transaction():
                archive_disposals.approve(listed, actor=actor)
        with transaction():
            archive_disposals.approve(listed, actor=leader)
    db.session.expire_all()
    assert listed.state == "destroyed"
    assert archives.is_destroyed(filing)
    assert not any(files.is_there(each) for each in stored_of(filing, report))
    with pytest.raises(files.BadFile, match="按批准的清单销毁"):
        files.read(stored_of(filing, report)[0])
    with pytest.raises(RuleError, match="销毁"), transaction():
        archive_bundles.ask(filing, actor=employer.clerk)
    assert ledger_checks.verify() == []


def test_what_is_held_is_on_no_list_and_is_spared_at_the_last_moment(
    filing: ActivityFiling, report: ResultReport, city: City, leader: Actor
) -> None:
    close_later(filing)
    auditor = make_account(Role.AUDITOR, region_code="330700")
    with at(OVER):
        with transaction():
            placed = archive_holds.hold(filing, "涉及诉讼", actor=city.officer)
        assert archive_disposals.candidate_count(city.officer) == 0
        with transaction():
            archive_holds.lift(filing, placed.id, "已结案", actor=city.officer)
        with transaction():
            listed = archive_disposals.propose(actor=city.officer)
        with transaction():
            archive_holds.hold(filing, "再次核查", actor=auditor)
        with transaction():
            archive_disposals.approve(listed, actor=leader)
    db.session.expire_all()
    assert not archives.is_destroyed(filing)
    assert all(files.is_there(each) for each in stored_of(filing, report))
    ((item, _),) = archive_disposals.items(listed)
    assert item.outcome == "销毁前被暂停销毁，保留"


def test_a_list_that_is_declined_leaves_everything(
    filing: ActivityFiling, report: ResultReport, city: City, leader: Actor
) -> None:
    close_later(filing)
    with at(OVER):
        with transaction():
            listed = archive_disposals.propose(actor=city.officer)
        with transaction():
            archive_disposals.decline(listed, "再保管五年", actor=leader)
        assert archive_disposals.candidate_count(city.officer) == 1
    assert all(files.is_there(each) for each in stored_of(filing, report))


def test_the_same_natural_person_does_not_decide_under_another_account(
    filing: ActivityFiling, city: City, leader: Actor
) -> None:
    close_later(filing)
    with at(OVER), transaction():
        listed = archive_disposals.propose(actor=city.officer)
    twin = replace(leader, person_key=listed.person_key)
    assert archive_disposals.refusal(listed, twin) is not None
    assert archive_disposals.refusal(listed, leader) is None


def test_holds_are_for_the_region_the_city_and_the_auditor(filing: ActivityFiling, city: City) -> None:
    stranger, auditor = make_officer("330783"), make_account(Role.AUDITOR, region_code="330700")
    with pytest.raises(NotAllowed), transaction():
        archive_holds.hold(filing, "x", actor=stranger)
    for actor in (city.officer, city.city_officer, auditor):
        with transaction():
            placed = archive_holds.hold(filing, "核查", actor=actor)
        assert archives.of_filing(filing).held
        with transaction():
            archive_holds.lift(filing, placed.id, "完毕", actor=actor)
    assert not archives.of_filing(filing).held
