"""A results list from the clerk's spreadsheet to the ledger: found wherever it stands, checked whole, applied once."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, insert, select, update

from domain.errors import RuleError
from domain.result_rows import Outcome
from ids import new_id
from models import (
    CreditEntry,
    Employment,
    IdentityKey,
    ImportBatch,
    ImportRow,
    ResultRow,
    StoredFile,
    Technician,
    YearlyCredit,
    db,
)
from services import (
    clock,
    crypto,
    evidence,
    files,
    import_batches,
    ledger_checks,
    registry,
    result_content,
    result_jobs,
    result_review,
)
from services import results as reports
from services.evidence import Upload
from services.transaction import transaction
from tests.services import result_makers as make

GIVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "class-results.xlsx"
HEADER = ("序号", "姓名", "身份证号码", "工种", "实到学时", "考核成绩", "考核结果", "备注")


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
    return make.make_people(city, employer, 5)


@pytest.fixture
def report(city, employer):
    """A draft without rows."""
    filing = make.make_filing(city, employer)
    with transaction():
        return reports.open_report(filing, actor=employer.clerk)


def workbook(rows, header=HEADER, title="数控加工新工艺企业内训学员成绩表") -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append(header)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def line(city, person, number=1, hours=16, score=90, outcome="合格", remark=None):
    name, id_number = city.persons[person]
    return [number, name, id_number, "焊工", hours, score, outcome, remark]


def upload(report, employer, data, name="成绩.xlsx") -> ImportBatch:
    with transaction():
        batch_id = result_jobs.upload(report, data, name, actor=employer.clerk).id
    db.session.expire_all()
    return db.session.get_one(ImportBatch, batch_id)


def confirm(batch, employer, only_these=False):
    with transaction():
        result_jobs.confirm(batch, only_these=only_these, actor=employer.clerk)
    db.session.expire_all()


def outcomes(batch) -> dict[str, object]:
    return {key: batch.counts[key] for key in ("new", "changed", "same", "reject", "missing")}


def test_a_dry_run_changes_nothing_and_a_confirmation_writes_the_rows(city, employer, people, report):
    batch = upload(report, employer, workbook([line(city, person) for person in people]))
    assert (batch.state, outcomes(batch)) == (
        "checked",
        {"new": 5, "changed": 0, "same": 0, "reject": 0, "missing": 0},
    )
    assert result_content.stored_rows(report) == {}
    confirm(batch, employer)
    assert batch.state == "applied"
    rows = db.session.scalars(select(ResultRow).order_by(ResultRow.position)).all()
    assert [row.technician_id for row in rows] == people
    assert (rows[0].hours_tenths, rows[0].score_tenths, rows[0].outcome) == (160, 900, "passed")


def test_the_same_file_again_changes_nothing_and_says_so(city, employer, people, report):
    data = workbook([line(city, person) for person in people])
    confirm(upload(report, employer, data), employer)
    before = result_content.stored_rows(report)
    again = upload(report, employer, data)
    assert outcomes(again) == {"new": 0, "changed": 0, "same": 5, "reject": 0, "missing": 0}
    confirm(again, employer)
    assert again.counts["new"] == again.counts["changed"] == 0
    assert result_content.stored_rows(report) == before


def test_a_batch_is_applied_once(city, employer, people, report):
    batch = upload(report, employer, workbook([line(city, person) for person in people]))
    confirm(batch, employer)
    with pytest.raises(RuleError, match="已经确认"):
        confirm(batch, employer)


def test_a_corrected_file_applies_only_the_differences(city, employer, people, report):
    confirm(upload(report, employer, workbook([line(city, person) for person in people[:4]])), employer)
    corrected = [
        line(city, people[0]),
        line(city, people[1], hours=12, score=59.5, outcome="不合格", remark="补考"),
        line(city, people[4]),
    ]
    batch = upload(report, employer, workbook(corrected))
    assert outcomes(batch) == {"new": 1, "changed": 1, "same": 1, "reject": 0, "missing": 2}
    changes = db.session.scalars(select(ImportRow.changes).where(ImportRow.outcome == "changed")).one()
    assert changes == ["学时：16 → 12", "成绩：90 → 59.5", "结果：合格 → 不合格", "备注：空 → 补考"]
    assert batch.counts["missing_names"] == [city.persons[person][0] for person in people[2:4]]
    confirm(batch, employer)
    assert set(result_content.stored_rows(report)) == set(people)


def test_whoever_is_not_in_the_file_is_taken_out_if_the_clerk_says_so(city, employer, people, report):
    confirm(upload(report, employer, workbook([line(city, person) for person in people])), employer)
    batch = upload(report, employer, workbook([line(city, people[0])]))
    confirm(batch, employer, only_these=True)
    assert set(result_content.stored_rows(report)) == {people[0]}
    assert batch.counts["removed"] == 4


def test_nobody_is_taken_out_by_a_file_with_errors(city, employer, people, report):
    confirm(upload(report, employer, workbook([line(city, person) for person in people])), employer)
    batch = upload(report, employer, workbook([line(city, people[0]), line(city, people[1], hours=99)]))
    confirm(batch, employer, only_these=True)
    assert batch.state == "failed" and "错误行" in batch.message
    assert set(result_content.stored_rows(report)) == set(people)


def test_columns_the_file_does_not_have_stay_as_they_are(city, employer, people, report):
    confirm(upload(report, employer, workbook([line(city, people[0], remark="班长")])), employer)
    name, id_number = city.persons[people[0]]
    short = workbook([[name, id_number, 12, "合格"]], header=("姓名", "身份证号", "学时", "结果"))
    batch = upload(report, employer, short)
    assert outcomes(batch)["changed"] == 1
    confirm(batch, employer)
    row = result_content.row_of(report, people[0])
    assert (row.hours_tenths, row.score_tenths, row.remark, row.occupation) == (120, 900, "班长", "焊工")


def test_every_reason_against_every_row_is_told_at_once(city, employer, people, report):
    stranger = make.make_people(city, make.make_employer(), 1)[0]
    gone = make.make_people(city, employer, 1)[0]
    partly = make.make_people(city, employer, 1)[0]
    with transaction():
        for person, last in ((gone, date(2026, 5, 1)), (partly, date(2026, 6, 8))):
            db.session.execute(update(Employment).where(Employment.technician_id == person).values(ended_on=last))
    nobody = ("查无此人", make.number_of(777_000))
    wrong_name = line(city, people[1])
    wrong_name[1] = "另外一人"
    broken = line(city, people[2])
    broken[2] = broken[2][:17] + ("0" if broken[2][17] != "0" else "1")
    batch = upload(
        report,
        employer,
        workbook(
            [
                line(city, people[0]),
                wrong_name,
                broken,
                line(city, people[3], hours=17),
                line(city, people[4], outcome="还行"),
                line(city, people[0]),
                line(city, stranger),
                line(city, gone),
                [9, *nobody, "焊工", 16, 80, "合格", None],
                line(city, partly),
            ]
        ),
    )
    rows = {
        row.excel_row - 2: (row.outcome, "；".join(row.reasons))
        for row in db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))
    }
    assert {place: outcome for place, (outcome, _) in rows.items()} == {
        1: "new", 2: "reject", 3: "reject", 4: "reject", 5: "reject", 6: "reject", 7: "reject", 8: "reject",
        9: "reject", 10: "new",
    }  # fmt: skip
    for place, words in {
        2: "姓名与该证件号码登记的姓名不一致",
        3: "校验不通过",
        4: "超过备案的16学时",
        5: "无法识别",
        6: "同一人",
        7: "职工名册中没有此人",
        8: "不是本单位在册职工",
        9: "职工名册中没有此人",
        10: "部分上课日",
    }.items():
        assert words in rows[place][1], place
    # The number of a stranger who is in the register gets the answer of one who is not.
    assert rows[7] == rows[9]
    marked = load_workbook(io.BytesIO(files.read(db.session.get_one(StoredFile, batch.annotated_file_id)))).active
    assert [marked.cell(row, marked.max_column).value is None for row in (3, 4, 5)] == [True, False, False]
    confirm(batch, employer)
    assert set(result_content.stored_rows(report)) == {people[0], partly}


def test_whom_the_list_of_the_class_shows_to_be_missing_on_the_staff_list_can_be_entered_there(city, employer, report):
    forgotten = make.make_people(city, employer, 1, started=date(2026, 6, 15))[0]
    batch = upload(report, employer, workbook([line(city, forgotten)]))
    assert outcomes(batch)["new"] == 1
    row = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).one()
    assert "上课之后才登记" in row.reasons[0]
    confirm(batch, employer)
    findings = {finding.label: finding for finding in result_review.of_report(report).findings}
    assert not findings["本单位职工"].ok and city.persons[forgotten][0] in findings["本单位职工"].detail


def test_a_base_takes_anybody_and_does_not_tell_who_is_registered(city):
    base = make.make_employer(capacity="training_base")
    person = make.make_people(city, make.make_employer(), 1)[0]
    filing = make.make_filing(city, base)
    with transaction():
        report = reports.open_report(filing, actor=base.clerk)
    wrong_name = line(city, person)
    wrong_name[1] = "另外一人"
    nobody = [2, "查无此人", make.number_of(778_000), "焊工", 16, 80, "合格", None]
    batch = upload(report, base, workbook([wrong_name, nobody]))
    said = [row.reasons for row in db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id))]
    assert said[0] == said[1] and "都相符" in said[0][0]
    assert outcomes(upload(report, base, workbook([line(city, person)])))["new"] == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b"PK\x03\x04 not a workbook", ""),
        (workbook([], header=("甲", "乙", "丙")), "没有找到表头"),
        (workbook([], header=HEADER), "没有人员数据"),
        (workbook([[1, "甲", "x"]], header=("序号", "姓名", "身份证号码")), "缺少"),
    ],
)
def test_a_file_that_is_no_results_list_is_refused_as_a_whole(employer, report, data, words):
    batch = upload(report, employer, data)
    assert batch.state == "failed" and words in batch.message and batch.message
    assert result_content.stored_rows(report) == {}


def test_a_list_confirmed_after_the_results_were_entered_is_not_applied(city, employer, people, report):
    confirm(upload(report, employer, workbook([line(city, people[0])])), employer)
    batch = upload(report, employer, workbook([line(city, person) for person in people]))
    with transaction():
        evidence.add(report, [Upload(name="1.jpg", data=make.picture(1))], actor=employer.clerk)
        reports.enter(report, note="只拍了一张", actor=employer.clerk)
    confirm(batch, employer)
    assert batch.state == "failed" and "待单位发布" in batch.message
    assert set(result_content.stored_rows(report)) == {people[0]}


def test_only_the_own_organisation_finds_a_batch(city, employer, people, report):
    batch = upload(report, employer, workbook([line(city, people[0])]))
    assert import_batches.find(batch.id, "results", seen_by=employer.clerk) is not None
    assert import_batches.find(batch.id, "results", seen_by=make.make_employer().clerk) is None
    with pytest.raises(RuleError), transaction():
        result_jobs.upload(report, b"x", "a.xlsx", actor=employer.manager)


# --- The class of 120 -------------------------------------------------------------------------------------------------


def generated_class() -> bytes:
    """120 persons as a clerk writes them: most passed, some failed, some came half the time, some not at all."""
    rows = []
    for n in range(120):
        hours, score, outcome = 16, 60 + n % 40, "合格"
        if n % 11 == 4:
            score, outcome = 38, "不合格"
        if n % 17 == 5:
            hours = 12
        if n % 19 == 7:
            hours = 8
        if n % 23 == 9:
            hours, score, outcome = None, None, "缺考"
        rows.append([n + 1, f"学员{chr(0x4E00 + n)}", make.number_of(500_000 + n), "焊工", hours, score, outcome, None])
    return workbook(rows)


CLASSES = {"generated": generated_class()}
if GIVEN.exists():
    CLASSES["given"] = GIVEN.read_bytes()


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_120_is_posted_as_its_list_says(city, employer, report, name):
    data = CLASSES[name]
    sheet = load_workbook(io.BytesIO(data)).active
    persons = {row[2]: row for row in sheet.iter_rows(min_row=3, values_only=True)}
    assert len(persons) == 120
    known = _register(employer, {number: row[1] for number, row in persons.items()})
    batch = upload(report, employer, data)
    assert outcomes(batch) == {"new": 120, "changed": 0, "same": 0, "reject": 0, "missing": 0}
    confirm(batch, employer)
    with transaction():
        evidence.add(report, [Upload(name="1.jpg", data=make.picture(1))], actor=employer.clerk)
    make.release(report, employer)
    make.credit(report, city.officer)
    # Sixteen hours, a quarter of them public; a credit an hour for who passed and came three quarters of the time.
    expected = {
        known[number]: Decimal(row[4])
        for number, row in persons.items()
        if row[6] == Outcome.PASSED.label and row[4] >= 12
    }
    posted = {
        (row.technician_id, row.subject): row.credits_tenths
        for row in db.session.execute(
            select(YearlyCredit.technician_id, YearlyCredit.subject, YearlyCredit.credits_tenths)
        )
    }
    assert posted == {
        (person, subject): int(hours * 10 * quarters / 4)
        for person, hours in expected.items()
        for subject, quarters in (("PUBLIC", 1), ("PROFESSIONAL", 3))
    }
    assert db.session.scalar(select(func.count()).select_from(CreditEntry)) == 2 * len(expected)
    assert 0 < len(expected) < 120
    assert ledger_checks.verify() == []


def _register(employer, names: dict[str, str]) -> dict[str, int]:
    ids = {number: new_id() for number in names}
    with transaction():
        db.session.execute(
            insert(Technician),
            [
                {"id": ids[number], "name": name, "sex": "1", "id_type": "resident_id", "region_code": make.COUNTY,
                 "id_number_sealed": crypto.seal(number, registry.ID_NUMBER), "created_at": clock.now()}
                for number, name in names.items()
            ],
        )  # fmt: skip
        db.session.execute(
            insert(IdentityKey),
            [{"blind_index": crypto.blind_index(number), "technician_id": ids[number]} for number in names],
        )
        db.session.execute(
            insert(Employment),
            [{"technician_id": person, "id": new_id(), "organization_id": employer.id, "state": "active",
              "started_on": date(2026, 3, 2)} for person in ids.values()],
        )  # fmt: skip
    return ids
