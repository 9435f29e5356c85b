"""The files the users sent, from the folder beside the repository; where it is absent, made ones of the same shape."""

import csv
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image

from tests.database import ROOT
from tests.sheet_makers import RESULT_HEADERS, messy_staff, staff_file, staff_rows, xlsx

_SENT = ROOT.parent / "shared" / "data"
EMPLOYER = "永康市永力五金工具有限公司"


@dataclass(frozen=True, kw_only=True)
class GivenFiles:
    """What a clerk of one employer holds: who the employer is, its lists and its photographs."""

    name: str
    uscc: str
    staff: Path
    messy_staff: Path
    results: Path
    photos: tuple[Path, ...]
    headcount: int
    participants: int
    messy_outcomes: dict[int, str]

    def id_numbers(self) -> list[str]:
        """The number of everybody in the lists, none of which may be found where it does not belong."""
        books = [load_workbook(path).active for path in (self.staff, self.messy_staff)]
        cells = [str(row[3]).strip() for book in books for row in book.iter_rows(min_row=3, values_only=True)]
        return [cell for cell in cells if re.fullmatch(r"\d{17}[\dXx]", cell)]

    def passed(self) -> list[tuple[str, str]]:
        """(name, ID number) of whoever came for all hours and passed."""
        rows = load_workbook(self.results).active.iter_rows(min_row=3, values_only=True)
        return [(str(row[1]), str(row[2])) for row in rows if row[4] == 16 and row[6] == "合格"]


def given(folder: Path) -> GivenFiles:
    """The files as they were sent; else made ones in this folder."""
    if not _SENT.is_dir():
        return made(folder, headcount=480, participants=120)
    organizations = json.loads((_SENT / "organizations.json").read_text("utf-8"))
    return GivenFiles(
        name=EMPLOYER,
        uscc=next(each["uscc"] for each in organizations if each["name"] == EMPLOYER),
        staff=_SENT / "employer-staff.xlsx",
        messy_staff=_SENT / "employer-staff-messy.xlsx",
        results=_SENT / "class-results.xlsx",
        photos=tuple(sorted((_SENT / "evidence").glob("*.jpg"))),
        headcount=480,
        participants=120,
        messy_outcomes=_outcomes(_SENT / "employer-staff-messy.expected.csv"),
    )


def _outcomes(file: Path) -> dict[int, str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {int(row["excel_row"]): row["outcome"] for row in csv.DictReader(lines)}


def made(folder: Path, *, headcount: int, participants: int) -> GivenFiles:
    """Files of the same shape with this many people, the first of whom take part in the class."""
    staff = staff_rows(headcount)
    messy, outcomes = messy_staff()
    files = GivenFiles(
        name=EMPLOYER,
        uscc="91330784K49LUPRD6E",
        staff=folder / "employer-staff.xlsx",
        messy_staff=folder / "employer-staff-messy.xlsx",
        results=folder / "class-results.xlsx",
        photos=tuple(folder / f"class-photo-{number}.jpg" for number in (1, 2, 3)),
        headcount=headcount,
        participants=participants,
        messy_outcomes=outcomes,
    )
    files.staff.write_bytes(staff_file(staff))
    files.messy_staff.write_bytes(messy)
    files.results.write_bytes(_results(staff[:participants]))
    for number, photo in enumerate(files.photos):
        _photograph(photo, seed=number)
    return files


def _results(staff: Sequence[Sequence[object]]) -> bytes:
    """Everybody came for the 16 hours; every tenth failed, and the last but one came for half of them."""
    rows = []
    for place, person in enumerate(staff):
        passed = place % 10 != 9
        hours = 8 if place == len(staff) - 2 else 16
        row = [place + 1, person[1], person[3], person[6], hours, 85 if passed else 40]
        rows.append([*row, "合格" if passed and hours == 16 else "不合格", None])
    return xlsx([["数控加工新工艺企业内训（2026年第1期）学员成绩表"], RESULT_HEADERS, *rows])


def _photograph(path: Path, *, seed: int) -> None:
    """A picture that is no other one, of a size that a phone takes."""
    small = Image.frombytes("RGB", (16, 12), random.Random(seed).randbytes(16 * 12 * 3))
    small.resize((1600, 1200)).save(path, quality=70)
