"""Write reference/calendar/YEAR.csv: from chinesecalendar where a year is announced, else by law and marked 推算.

Run `python tools/make_calendar.py 2025 2026 2027` after raising chinesecalendar to a release that knows the new year.
"""

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

CALENDARS = Path(__file__).resolve().parent.parent / "reference" / "calendar"

# 全国年节及纪念日放假办法 (in force since 2025-01-01). The days that follow the moon or the sun are looked up by hand.
STATUTORY = {
    2027: {
        "元旦": ["2027-01-01"],
        "春节": ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"],
        "清明节": ["2027-04-05"],
        "劳动节": ["2027-05-01", "2027-05-02"],
        "端午节": ["2027-06-09"],
        "中秋节": ["2027-09-15"],
        "国庆节": ["2027-10-01", "2027-10-02", "2027-10-03"],
    }
}


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


def announced(year: int) -> list[tuple[date, str, str]]:
    rows = []
    for day in days_of(year):
        working, weekday = chinese_calendar.is_workday(day), day.weekday() < 5
        kind = {(True, True): "工作日", (False, False): "周末", (False, True): "放假", (True, False): "调休上班"}
        rows.append((day, kind[working, weekday], "国务院办公厅通知"))
    return rows


def provisional(year: int) -> list[tuple[date, str, str]]:
    """Weekends and statutory days; one that falls on a weekend is made up on the next working day, as the law says."""
    off: dict[date, str] = {}
    for name, statutory in STATUTORY[year].items():
        on_weekend = 0
        for day in map(date.fromisoformat, statutory):
            on_weekend += day.weekday() >= 5
            off[day] = name
        while on_weekend:
            day += timedelta(1)
            if day.weekday() < 5 and day not in off:
                off[day] = f"{name}补休"
                on_weekend -= 1
    rows = []
    for day in days_of(year):
        kind = "放假" if day in off and day.weekday() < 5 else "周末" if day.weekday() >= 5 else "工作日"
        rows.append((day, kind, f"推算：{off[day]}" if day in off else "推算"))
    return rows


def main(years: list[int]) -> None:
    for year in years:
        rows = provisional(year) if year in STATUTORY else announced(year)
        with (CALENDARS / f"{year}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["date", "kind", "source"])
            table.writerows(rows)


if __name__ == "__main__":
    main([int(year) for year in sys.argv[1:]])
