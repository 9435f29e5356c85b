"""Results from the end of the class to the ledger: opened, entered, released by a second person, credited."""

import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import func, select

from domain.errors import NotAllowed, RuleError
from domain.result_rows import Outcome
from domain.roles import Role
from models import (
    ActivityFiling,
    Case,
    CaseStep,
    CreditEntry,
    Notice,
    ResultReport,
    ResultRow,
    StoredFile,
    YearlyCredit,
    db,
)
from services import (
    cases,
    clock,
    crypto,
    evidence,
    evidence_pieces,
    files,
    ledger_checks,
    result_checks,
    result_content,
    result_posting,
    results,
)
from services.evidence import Upload
from services.transaction import transaction
from tests import filing_makers
from tests.filing_makers import make_account
from tests.services import result_makers as make

assert result_checks  # its check joins those of the ledger


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def city(app):
    with app.app_context():
        yield make.make_city()


@pytest.fixture
def employer(city):
    return make.make_employer()


@pytest.fixture
def people(city, employer):
    return make.make_people(city, employer, 3)


@pytest.fixture
def report(city, employer, people):
    """A draft with three passed persons and all the photos the policy asks."""
    return make.make_report(city, employer, people)


def act(report, action, actor, **inputs):
    with transaction():
        cases.act(db.session.get_one(Case, report.case_id), action, actor=actor, **inputs)


def refusal(code, function, *arguments, **named):
    with pytest.raises(RuleError) as refused, transaction():
        function(*arguments, **named)
    assert refused.value.code == code
    return refused.value.message


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_a_report_is_opened_once_after_the_class_and_knows_when_it_is_due(city, employer):
    filing = make.make_filing(city, employer)
    with transaction():
        report = results.open_report(filing, actor=employer.clerk)
    # Ten working days after 9 June 2026, with the Dragon Boat holiday of 19 June in between.
    assert report.case.due_on == date(2026, 6, 24)
    assert (report.case.state, report.case.organization_id) == ("draft", employer.id)
    with transaction():
        assert results.open_report(filing, actor=employer.clerk).id == report.id
    assert db.session.scalar(select(func.count()).select_from(ResultReport)) == 1


def test_a_class_that_is_not_over_has_no_results(city, employer):
    today = make.make_filing(city, employer, days=(date(2026, 6, 14), date(2026, 6, 15)))
    assert "还没有结束" in refusal("not_ended", results.open_report, today, actor=employer.clerk)


def test_results_need_an_approved_filing_of_the_own_organisation(city, employer):
    filing = make.make_filing(city, employer)
    refusal("not_allowed", results.open_report, filing, actor=employer.manager)
    with filing_makers.at(date(2026, 6, 1)), transaction():
        cases.act(filing.case, "cancel", actor=employer.clerk, remark="设备检修")
    refusal("wrong_state", results.open_report, filing, actor=employer.clerk)


def test_a_stranger_opens_nothing(city, employer):
    filing, stranger = make.make_filing(city, employer), make.make_employer()
    refusal("not_allowed", results.open_report, filing, actor=stranger.clerk)
    with transaction():
        results.open_report(filing, actor=employer.clerk)
    refusal("not_allowed", results.open_report, filing, actor=stranger.clerk)


def test_the_worker_opens_what_is_due_and_tells_the_clerk(city, employer):
    make.make_filing(city, employer)
    make.make_filing(city, employer, days=(date(2026, 6, 20),), title="以后的课")
    assert [filing.title for filing in results.to_open(employer.clerk)] == ["数控加工新工艺企业内训"]
    results.open_due_reports()
    results.open_due_reports()
    report = db.session.scalars(select(ResultReport)).one()
    assert report.case.organization_id == employer.id
    notice = db.session.scalars(
        select(Notice).where(Notice.membership_id == employer.clerk.membership_id, Notice.title.contains("请报送成绩"))
    ).one()
    assert notice.link == f"/results/{report.id}"
    assert results.to_open(employer.clerk) == []


def test_another_organisation_does_not_find_the_report(city, employer, report):
    assert results.find(report.id, seen_by=employer.manager) is not None
    assert results.find(report.id, seen_by=make.make_employer().clerk) is None
    assert results.find(report.id, seen_by=city.officer) is None  # nothing was submitted yet
    make.release(report, employer)
    assert results.find(report.id, seen_by=city.officer) is not None


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_only_differences_are_stored(city, employer, people, report):
    rows = make.rows_for(city, people)
    other = make.make_people(city, employer, 1)
    with transaction():
        changed = result_content.put_rows(report, rows, actor=employer.clerk)
    assert changed.nothing and changed.same == 3
    with transaction():
        changed = result_content.put_rows(
            report,
            [*rows[:1], *make.rows_for(city, people[1:2], hours_tenths=120), *make.rows_for(city, other)],
            actor=employer.clerk,
        )
    assert (changed.added, changed.updated, changed.same, changed.removed) == (1, 1, 1, 0)
    assert sum(result_content.counts(report).values()) == 4
    with transaction():
        changed = result_content.put_rows(report, rows[:2], actor=employer.clerk, only_these=True)
    assert (changed.updated, changed.removed) == (1, 2)
    assert set(result_content.stored_rows(report)) == set(people[:2])


def test_more_hours_than_were_filed_are_refused(city, employer, people, report):
    rows = make.rows_for(city, people, hours_tenths=161)
    refusal("too_many_hours", result_content.put_rows, report, rows, actor=employer.clerk)


def test_a_person_can_be_taken_out(employer, people, report):
    with transaction():
        result_content.remove_row(report, people[0], actor=employer.clerk)
    assert set(result_content.stored_rows(report)) == set(people[1:])


@pytest.mark.parametrize("until", ["entered", "released", "credited"])
def test_rows_and_photos_stand_still_once_they_were_entered(city, employer, people, report, until):
    make.enter(report, employer)
    if until != "entered":
        with transaction():
            results.release(report, actor=employer.manager)
    if until == "credited":
        make.credit(report, city.officer)
    photo = evidence.of_report(report)[0]
    rows = make.rows_for(city, people, hours_tenths=80)
    for function, arguments in (
        (result_content.put_rows, (report, rows)),
        (result_content.remove_row, (report, people[0])),
        (evidence.remove, (report, photo.id)),
        (evidence.add, (report, [Upload(name="补.jpg", data=make.picture(9000))])),
    ):
        refusal("wrong_state", function, *arguments, actor=employer.clerk)
    assert not result_content.is_editable(report, employer.clerk)


def test_nobody_but_the_clerk_changes_rows(city, employer, people, report):
    rows = make.rows_for(city, people)
    for stranger in (employer.manager, city.officer, make.make_employer().clerk):
        refusal("not_allowed", result_content.put_rows, report, rows, actor=stranger)


# --- Evidence ---------------------------------------------------------------------------------------------------------


def test_the_same_photo_is_kept_once_and_a_removed_one_no_more(employer, report):
    photo = make.picture(5000)
    with transaction():
        assert evidence.add(report, [Upload(name="a.jpg", data=photo)] * 2, actor=employer.clerk) == 1
    with transaction():
        assert evidence.add(report, [Upload(name="b.jpg", data=photo)], actor=employer.clerk) == 0
    assert evidence.count(report, "photo") == 5
    with transaction():
        evidence.remove(report, evidence.of_report(report)[0].id, actor=employer.clerk)
    assert evidence.count(report, "photo") == 4


def test_a_video_is_kept_as_it_came_and_fills_its_own_need(employer, report):
    clip = make.clip()
    with transaction():
        evidence.add(report, [Upload(name="上课.MP4", data=clip)], actor=employer.clerk)
    video = evidence.of_report(report)[-1]
    assert (video.kind, video.display_file_id, files.read(video.file)) == ("video", None, clip)
    assert evidence.missing(report) == []
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    refusal("bad_file", evidence.add, report, [Upload(name="a.mp4", data=playlist)], actor=employer.clerk)
    refusal("bad_file", evidence.add, report, [Upload(name="a.jpg", data=clip)], actor=employer.clerk)


def test_one_bad_file_refuses_them_all_and_is_named(employer, report):
    uploads = [Upload(name="好.jpg", data=make.picture(5001)), Upload(name="坏.jpg", data=b"no picture at all")]
    assert "坏.jpg" in refusal("bad_file", evidence.add, report, uploads, actor=employer.clerk)
    assert evidence.count(report, "photo") == 4


def test_a_photo_of_another_day_or_of_another_class_is_doubted(city, employer, people, report):
    used = make.picture(6000, taken="2026:06:08 10:00:00")
    other = make.make_report(city, employer, people, title="另一次活动")
    with transaction():
        evidence.add(report, [Upload(name="用过.jpg", data=used)], actor=employer.clerk)
        evidence.add(other, [Upload(name="用过.jpg", data=used)], actor=employer.clerk)
        late = make.picture(6001, taken="2026:05:01 10:00:00")
        evidence.add(report, [Upload(name="旧.jpg", data=late)], actor=employer.clerk)
    doubts = {piece.name: piece.doubts for piece in evidence_pieces.pieces(report)}
    assert doubts["用过.jpg"] == ("同一文件也用于其他活动",)
    assert doubts["旧.jpg"] == ("拍摄日期不在上课日期内",)
    assert doubts["现场0.jpg"] == ()


def test_the_shown_copy_has_no_camera_data_and_the_original_keeps_it(employer, report):
    with transaction():
        evidence.add(
            report, [Upload(name="a.jpg", data=make.picture(7000, "2026:06:08 10:00:00"))], actor=employer.clerk
        )
    piece = evidence.of_report(report)[-1]
    shown = db.session.get_one(StoredFile, piece.display_file_id)
    assert not Image.open(io.BytesIO(files.read(shown))).getexif()
    assert Image.open(io.BytesIO(files.read(piece.file))).getexif()


def test_what_is_missing_is_counted_by_class_day(city, employer, people):
    report = make.make_report(city, employer, people, days=(date(2026, 6, 8), date(2026, 6, 9), date(2026, 6, 10)))
    first, second, third, videos = evidence.needs(report)
    assert [(day.present, day.needed, day.missing) for day in (first, second, third)] == [
        (2, 2, 0),
        (2, 2, 0),
        (0, 2, 2),
    ]
    assert (videos.present, videos.needed) == (0, 1)
    assert third.sentence == "2026年6月10日照片还差 2 张（每个上课日不少于 2 张，应有 2 张）"


# --- Entering and releasing -------------------------------------------------------------------------------------------


def test_without_rows_or_photos_nothing_is_entered(city, employer, people):
    filing = make.make_filing(city, employer)
    with transaction():
        report = results.open_report(filing, actor=employer.clerk)
    refusal("no_rows", results.enter, report, note="", actor=employer.clerk)
    with transaction():
        result_content.put_rows(report, make.rows_for(city, people), actor=employer.clerk)
    refusal("no_photo", results.enter, report, note="", actor=employer.clerk)
    assert db.session.get_one(Case, report.case_id).state == "draft"


def test_what_is_missing_of_the_evidence_is_explained(employer, report):
    refusal("evidence_unexplained", results.enter, report, note="  ", actor=employer.clerk)
    with transaction():
        results.enter(report, note="没有录像设备", actor=employer.clerk)
    assert (report.case.state, report.evidence_note) == ("entered", "没有录像设备")


def test_the_clerk_does_not_release_with_a_second_account(employer, report):
    make.enter(report, employer)
    second = make_account(Role.EMPLOYER_MANAGER, person=employer.clerk.person_key, organization_id=employer.id)
    refusal("not_allowed", results.release, report, actor=employer.clerk)
    assert "另一人" in refusal("not_allowed", results.release, report, actor=second)
    with transaction():
        results.release(report, actor=employer.manager)
    assert report.case.state == "released"
    assert report.case.number.startswith("CJ330784")


def test_the_second_person_sends_back_with_a_reason(employer, report):
    with transaction():
        results.enter(report, note="没有录像", actor=employer.clerk)
    refusal("remark_required", results.send_back, report, remark="", actor=employer.manager)
    with transaction():
        results.send_back(report, remark="王某学时有误", actor=employer.manager)
    assert result_content.is_editable(report, employer.clerk)


def test_the_steps_name_one_content(city, employer, report):
    make.release(report, employer)
    make.credit(report, city.officer)
    seals = db.session.scalars(
        select(CaseStep.content_sha256).where(CaseStep.case_id == report.case_id).order_by(CaseStep.id)
    ).all()
    assert len(seals) == 4 and set(seals) == {result_content.seal(report)}


def test_rows_changed_behind_the_back_are_not_credited(city, employer, people, report):
    make.release(report, employer)
    with transaction():
        db.session.get_one(ResultRow, (report.id, people[0])).hours_tenths = 120
    with pytest.raises(RuleError) as refused:
        act(report, "credit", city.officer)
    assert refused.value.code == "content_changed"
    assert db.session.scalar(select(func.count()).select_from(CreditEntry)) == 0


def test_the_bureau_returns_and_the_corrected_results_are_credited(city, employer, people, report):
    make.release(report, employer)
    act(report, "return", city.officer, remark="请更正", items=[("成绩", "第2人学时有误")])
    with transaction():
        result_content.put_rows(report, make.rows_for(city, people[1:2], hours_tenths=120), actor=employer.clerk)
    make.release(report, employer)
    make.credit(report, city.officer)
    sums = db.session.execute(
        select(YearlyCredit.technician_id, func.sum(YearlyCredit.credits_tenths)).group_by(YearlyCredit.technician_id)
    ).all()
    assert sorted(amount for _, amount in sums) == [120, 160, 160]
    assert ledger_checks.verify() == []


# --- The decision -----------------------------------------------------------------------------------------------------


def test_an_officer_who_took_part_does_not_decide(city, employer, people, report):
    make.release(report, employer)
    number = city.persons[people[0]][1]
    officer = make_account(Role.COUNTY_OFFICER, person=crypto.blind_index(number), region_code=make.COUNTY)
    with pytest.raises(NotAllowed, match="回避"):
        act(report, "credit", officer)


def test_an_officer_who_works_for_the_organiser_does_not_decide(employer, report):
    make.release(report, employer)
    officer = make_account(Role.COUNTY_OFFICER, person="wears two hats", region_code=make.COUNTY)
    make_account(Role.EMPLOYER_CLERK, person="wears two hats", organization_id=employer.id)
    with pytest.raises(NotAllowed, match="回避"):
        act(report, "credit", officer)


def test_another_region_does_not_decide(city, employer, report):
    make.release(report, employer)
    neighbour = make_account(Role.COUNTY_OFFICER, region_code="330783")
    for stranger in (neighbour, city.city_officer):
        with pytest.raises(NotAllowed):
            act(report, "credit", stranger)


def test_credits_follow_from_hours_and_outcome(city, employer):
    people = make.make_people(city, employer, 6)
    report = make.make_report(city, employer, people)
    with transaction():
        for person, changes in zip(
            people,
            [
                {"hours_tenths": 160},
                {"hours_tenths": 120},
                {"hours_tenths": 119},
                {"outcome": Outcome.FAILED},
                {"outcome": Outcome.ABSENT, "hours_tenths": 0, "score_tenths": None},
                {"outcome": Outcome.BREACH},
            ],
            strict=True,
        ):
            result_content.put_rows(report, make.rows_for(city, [person], **changes), actor=employer.clerk)
    make.release(report, employer)
    make.credit(report, city.officer)
    earned = {
        person: dict(
            db.session.execute(
                select(CreditEntry.subject, CreditEntry.credits_tenths).where(CreditEntry.technician_id == person)
            ).all()
        )
        for person in people
    }
    assert list(earned.values()) == [
        {"PUBLIC": 40, "PROFESSIONAL": 120},
        {"PUBLIC": 30, "PROFESSIONAL": 90},
        {},
        {},
        {},
        {},
    ]
    assert (report.posted_entries, report.posted_credits_tenths) == (4, 280)
    assert report.case.state == "credited" and report.filing.case.state == "completed"


def test_a_class_nobody_passed_is_completed_without_credits(city, employer, people, report):
    with transaction():
        result_content.put_rows(report, make.rows_for(city, people, outcome=Outcome.FAILED), actor=employer.clerk)
    make.release(report, employer)
    make.credit(report, city.officer)
    assert (report.posted_entries, report.filing.case.state) == (0, "completed")
    assert ledger_checks.verify() == []


def test_a_class_across_new_year_counts_in_both_years(app, city, employer, people):
    filing = make.make_filing(city, employer, days=(date(2025, 12, 31), date(2026, 1, 4)))
    with transaction():
        report = results.open_report(filing, actor=employer.clerk)
        result_content.put_rows(report, make.rows_for(city, people[:1]), actor=employer.clerk)
        evidence.add(report, [Upload(name="1.jpg", data=make.picture(8000))], actor=employer.clerk)
    make.release(report, employer)
    # The year 2025 is closed by now (P-09).
    assert "关账" in refusal("closed_year", cases.act, report.case, "credit", actor=city.officer)
    make.credit(report, city.officer, remark="跨年班次，元旦前的课次一并入账")
    entries = db.session.execute(
        select(CreditEntry.year, CreditEntry.subject, CreditEntry.credits_tenths, CreditEntry.occurred_on)
    ).all()
    assert sorted(entries) == [
        (2025, "PROFESSIONAL", 60, date(2025, 12, 31)),
        (2025, "PUBLIC", 20, date(2025, 12, 31)),
        (2026, "PROFESSIONAL", 60, date(2026, 1, 4)),
        (2026, "PUBLIC", 20, date(2026, 1, 4)),
    ]
    assert ledger_checks.verify() == []


def test_each_entry_keeps_the_region_of_duty_of_that_time(city):
    base = make.make_employer(capacity="training_base")
    there = make.make_people(city, make.make_employer(region="330782"), 1)
    nowhere = make.make_people(city, make.make_employer(region="330783"), 1, started=date(2026, 6, 10))
    report = make.make_report(city, base, [*there, *nowhere])
    make.release(report, base)
    make.credit(report, city.officer)
    regions = dict(db.session.execute(select(CreditEntry.technician_id, CreditEntry.region_code).distinct()).all())
    assert regions == {there[0]: "330782", nowhere[0]: make.COUNTY}


def test_everybody_with_an_account_is_told(city, employer, people, report):
    gained = make_account(Role.TECHNICIAN, technician_id=people[0])
    failed = make_account(Role.TECHNICIAN, technician_id=people[1])
    with transaction():
        result_content.put_rows(report, make.rows_for(city, people[1:2], outcome=Outcome.FAILED), actor=employer.clerk)
    make.release(report, employer)
    make.credit(report, city.officer)
    titles = dict(
        db.session.execute(
            select(Notice.membership_id, Notice.title).where(
                Notice.membership_id.in_([gained.membership_id, failed.membership_id])
            )
        ).all()
    )
    assert titles == {gained.membership_id: "学分已入账", failed.membership_id: "培训成绩已审核"}


def test_a_posting_that_breaks_leaves_nothing_behind(city, employer, report, monkeypatch):
    make.release(report, employer)

    def broken(*_arguments, **_named):
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(result_posting.notices, "tell_technicians", broken)
    with pytest.raises(RuntimeError):
        act(report, "credit", city.officer)
    db.session.expire_all()
    assert db.session.get_one(Case, report.case_id).state == "released"
    assert db.session.get_one(ActivityFiling, report.filing_id).case.state == "approved"
    assert db.session.scalar(select(func.count()).select_from(CreditEntry)) == 0
    monkeypatch.undo()
    make.credit(report, city.officer)
    assert ledger_checks.verify() == []
    assert clock.today() == date(2026, 6, 15)
