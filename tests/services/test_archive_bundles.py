"""The audit bundle of an archive: checked by its own script, offline, and naming what was removed or changed."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from domain.archive_rules import Item
from domain.errors import RuleError
from models import ActivityFiling, ArchiveBundle, AuditEvent, ResultReport, StoredFile, db
from services import archive_bundles, archive_contents, archive_papers, files, pades
from services.transaction import transaction
from tests import filing_makers
from tests.services import result_makers
from tests.services.result_makers import City, Employer

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def made(city: City, employer: Employer, people: int = 3) -> tuple[ActivityFiling, ResultReport]:
    """A class whose credits are posted."""
    persons = result_makers.make_people(city, employer, people)
    report = result_makers.make_report(city, employer, persons)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return report.filing, report


def taken(filing: ActivityFiling, employer: Employer) -> bytes:
    """The bundle of this archive, as it is downloaded."""
    with transaction():
        bundle_id = archive_bundles.ask(filing, actor=employer.clerk).id
    bundle = db.session.get_one(ArchiveBundle, bundle_id)
    db.session.refresh(bundle)
    assert bundle.state == "ready", bundle.message
    with transaction():
        chunks = archive_bundles.download(bundle, actor=employer.clerk)
    db.session.rollback()
    return b"".join(chunks)


def checked(place: Path, *arguments: str) -> tuple[int, str]:
    """What the script in the bundle says, run as anybody would run it: another program, isolated, in that folder."""
    script = place / "verify.py" if place.is_dir() else place.with_name("verify.py")
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(script), *arguments], cwd=script.parent, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


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
def unpacked(city: City, employer: Employer, tmp_path: Path) -> Path:
    filing, _ = made(city, employer)
    with transaction():
        archive_papers.add_paper(filing, Item.PLAN, PDF, "=培训\U0001f600方案.pdf", actor=employer.clerk)
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(taken(filing, employer))) as bundle:
        assert bundle.testzip() is None
        bundle.extractall(folder)
    return folder


def test_its_script_finds_it_whole_and_names_each_file_that_is_gone_or_changed(unpacked: Path) -> None:
    assert checked(unpacked)[0] == 0, checked(unpacked)
    names = sorted(path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file())
    assert {"index.pdf", "manifest.json", "README.txt", "lists/decisions.csv", "originals/002.jpg"} <= set(names)
    for name in names:
        file = unpacked / name
        whole = file.read_bytes()
        if name != "verify.py":
            file.unlink()
            code, said = checked(unpacked)
            assert (code, name in said) == (1, True), (name, said)
            file.write_bytes(whole)
        place = len(whole) // 4
        changed = bytearray(whole)
        changed[place] ^= 1
        if name != "verify.py":
            file.write_bytes(changed)
            code, said = checked(unpacked)
            assert (code, name in said) == (1, True), (name, said)
        file.write_bytes(whole)
    (unpacked / "originals" / "900.jpg").write_bytes(b"more")
    assert checked(unpacked) == (1, "多出文件：originals/900.jpg\n核对没有通过：1 处问题。\n")


def test_it_is_checked_without_unpacking_and_a_cut_off_one_is_no_bundle(
    city: City, employer: Employer, tmp_path: Path
) -> None:
    filing, _ = made(city, employer)
    data = taken(filing, employer)
    place = tmp_path / "bundle.zip"
    place.write_bytes(data)
    with zipfile.ZipFile(place) as bundle:
        (tmp_path / "verify.py").write_bytes(bundle.read("verify.py"))
    assert checked(place, str(place))[0] == 0
    place.write_bytes(data[: len(data) // 2])
    assert checked(place, str(place))[0] == 2


def test_file_and_list_changed_together_are_found_by_the_signed_index(unpacked: Path) -> None:
    """Whoever changes a file and puts its hash right in the list, still has the list that the index encloses."""
    file, manifest = unpacked / "lists" / "results.csv", unpacked / "manifest.json"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_bytes(file.read_bytes().replace("合格".encode(), "优秀".encode()))
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace(before, hashlib.sha256(file.read_bytes()).hexdigest()), "utf-8")
    code, said = checked(unpacked)
    assert code == 1
    assert said.startswith("文件被改动（与目录中的清单不一致）：manifest.json")


def test_the_index_is_signed(unpacked: Path) -> None:
    index = (unpacked / "index.pdf").read_bytes()
    assert pades.check(index).whole


def test_the_lists_say_what_happened_and_nobodys_number(unpacked: Path, city: City) -> None:
    trail = list(csv.reader(io.StringIO((unpacked / "lists" / "decisions.csv").read_text("utf-8-sig"))))
    assert [row[0] for row in trail[1:]].count("成绩报送") >= 4
    assert any("准予备案" in row[3] for row in trail)
    results = list(csv.DictReader(io.StringIO((unpacked / "lists" / "results.csv").read_text("utf-8-sig"))))
    assert [(row["实到学时"], row["结论"], row["学分"]) for row in results] == [("16", "合格", "16")] * 3
    whole = b"".join(path.read_bytes() for path in unpacked.rglob("*") if path.is_file())
    assert [number for _, number in city.persons.values() if number.encode() in whole] == []
    manifest = json.loads((unpacked / "manifest.json").read_text("utf-8"))
    assert [line["name"] for line in manifest["files"] if line["what"].startswith("事后补充")] == [
        "=培训\U0001f600方案.pdf"
    ]
    assert all(re.fullmatch(r"[\w./-]+", line["path"], re.ASCII) for line in manifest["files"])


def test_a_formula_in_a_list_is_text() -> None:
    row = ["=HYPERLINK(1)", "+1", "-2", "@x", "plain", -3]
    part = archive_contents._list("lists/x.csv", "x", ["a"] * 6, [row])
    (_, cells) = csv.reader(io.StringIO(part.data.decode("utf-8-sig")))
    assert cells == ["'=HYPERLINK(1)", "'+1", "'-2", "'@x", "plain", "-3"]


def test_an_original_that_is_lost_is_said_to_be_lost(city: City, employer: Employer, tmp_path: Path) -> None:
    filing, report = made(city, employer)
    lost = next(each.file for each in report.case.attachments if each.kind == "photo")
    files._path(lost.id).unlink()
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(taken(filing, employer))) as bundle:
        bundle.extractall(folder)
    listed = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    (line,) = [line for line in listed if line.get("lost")]
    assert not (folder / line["path"]).exists()
    code, said = checked(folder)
    assert code == 0
    assert line["path"] in said


def test_taking_it_away_is_written_down_and_it_goes_after_some_days(city: City, employer: Employer) -> None:
    filing, _ = made(city, employer)
    taken(filing, employer)
    actions = {event.action for event in db.session.query(AuditEvent).filter_by(object_id=filing.case_id)}
    assert {"archive.bundle", "archive.download"} <= actions
    (bundle,) = archive_bundles.of_filing(filing)
    parts = bundle.parts_file_id
    with filing_makers.at(date(2026, 6, 20) + timedelta(days=400)):
        archive_bundles.forget_old()
    db.session.refresh(bundle)
    assert (bundle.state, bundle.parts_file_id) == ("expired", None)
    assert db.session.get(StoredFile, parts) is None
    with pytest.raises(RuleError, match="重新生成"), transaction():
        archive_bundles.download(bundle, actor=employer.clerk)


def test_others_do_not_find_it(city: City, employer: Employer) -> None:
    filing, _ = made(city, employer)
    taken(filing, employer)
    (bundle,) = archive_bundles.of_filing(filing)
    other = result_makers.make_employer()
    assert archive_bundles.find(bundle.id, seen_by=other.clerk) is None
    assert archive_bundles.find(bundle.id, seen_by=filing_makers.make_officer("330783")) is None
    assert archive_bundles.find(bundle.id, seen_by=city.officer) is not None


def test_one_that_is_asked_for_twice_is_made_once(city: City, employer: Employer) -> None:
    filing, _ = made(city, employer)
    with transaction():
        first = archive_bundles.ask(filing, actor=employer.clerk)
        assert archive_bundles.ask(filing, actor=city.officer) is first
