"""Staff and result lists as HR departments write them: invented people, real shapes, and a list of every mistake."""

import io
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.identity import id_check_digit

TODAY = date(2026, 11, 22)
STAFF_HEADERS = (
    *("序号", "姓名", "性别", "身份证号", "手机号码", "社保编号", "职业（工种）", "技能等级", "证书类别", "证书编号"),
    "发证日期",
)
RESULT_HEADERS = ("序号", "姓名", "身份证号码", "工种", "实到学时", "考核成绩", "考核结果", "备注")
_FAMILY = "陈王李张刘杨黄金楼朱吴徐何胡郑应吕施程卢"
_GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰涛超明霞平刚桂建文辉波"


def id_number(chance: random.Random, *, female: bool) -> str:
    region = chance.choice(["330702", "330703", "330721", "330725", "330784", "341124", "532130"])
    born_on = date(chance.randint(1965, 2003), chance.randint(1, 12), chance.randint(1, 28))
    first = f"{region}{born_on:%Y%m%d}{chance.randint(0, 499) * 2 + (not female):03}"
    return first + id_check_digit(first)


def staff_rows(count: int, seed: int = 1) -> list[list[object]]:
    """Rows below STAFF_HEADERS without a mistake."""
    chance = random.Random(seed)
    rows: list[list[object]] = []
    for index in range(count):
        female = chance.random() < 0.5
        rows.append(
            [
                index + 1,
                chance.choice(_FAMILY) + "".join(chance.sample(_GIVEN, chance.randint(1, 2))),
                "女" if female else "男",
                id_number(chance, female=female),
                f"1{chance.choice('3578')}{chance.randrange(10**9):09}",
                f"3307{chance.randrange(10**9):09}",
                chance.choice(["车工", "数控车工", "焊工", "钳工", "叉车司机", "养老护理员"]),
                chance.choice(["五级/初级工", "四级/中级工", "三级/高级工", "二级/技师"]),
                chance.choice(["职业技能等级证书", "国家职业资格证书"]),
                f"2411{seed:04}{index:010}",
                datetime(chance.randint(2008, 2024), chance.randint(1, 12), chance.randint(1, 28)),  # noqa: DTZ001
            ]
        )
    return rows


def result_rows(count: int, seed: int = 1) -> list[list[object]]:
    """Rows below RESULT_HEADERS without a mistake, for an activity of 16 hours."""
    chance = random.Random(seed)
    rows: list[list[object]] = []
    for index in range(count):
        score = chance.randint(30, 100)
        outcome = "合格" if score >= 60 else "不合格"
        number = id_number(chance, female=index % 2 == 0)
        rows.append(
            [index + 1, chance.choice(_FAMILY) + chance.choice(_GIVEN), number, "焊工", 16, score, outcome, None]
        )
    return rows


def workbook_bytes(*sheets: tuple[str, Callable[[Worksheet], None]]) -> bytes:
    """An xlsx with these sheets, each filled by its function."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, fill in sheets:
        fill(workbook.create_sheet(title))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def xlsx(rows: Sequence[Sequence[object]], *, title: str = "Sheet1") -> bytes:
    """An xlsx of one sheet with these rows from the first row on; texts that begin with = become formulas."""

    def fill(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(list(row))

    return workbook_bytes((title, fill))


def staff_file(rows: Sequence[Sequence[object]], *, headers: Sequence[str] = STAFF_HEADERS) -> bytes:
    """A staff list as one employer sent it: title, note, header in row 3."""
    return xlsx(
        [["永康市某某五金厂技能人才花名册"], ["填报单位（盖章）：        填报日期：2026年3月2日"], headers, *rows]
    )


def messy_staff() -> tuple[bytes, dict[int, str]]:
    """A staff list with one row for each mistake and oddity, header in row 2, and the outcome each row must have."""
    rows: list[list[object]] = []
    outcomes: dict[int, str] = {}
    clean = iter(staff_rows(40, seed=7))
    columns = {"name": 1, "sex": 2, "id": 3, "phone": 4, "job": 6, "level": 7, "kind": 8, "number": 9, "issued": 10}

    def add(outcome: str, **changes: object) -> None:
        row = next(clean)
        for key, value in changes.items():
            row[columns[key]] = value(row[columns[key]]) if callable(value) else value
        rows.append(row)
        outcomes[len(rows) + 2] = outcome

    add("accept")
    add("accept", sex="女", id="  42088119840714402x ")
    add("accept", name="程\u3000文慧")
    add("accept", id=lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in number))
    add("reject", id=lambda number: number[:17] + ("0" if number[17] != "0" else "1"))
    add("reject", id=lambda number: float(number[:17] + "0"))
    add("reject", id=lambda number: number[:6] + number[8:17])
    add("reject", sex=lambda sex: "男" if sex == "女" else "女")
    rows.append(list(rows[0]))
    outcomes[len(rows) + 2] = "reject"
    add("reject", name=None)
    add("accept", issued="2019.6.8")
    add("accept", issued="2019年6月8日")
    add("accept", issued=43624)
    add("reject", issued=datetime(2031, 5, 1))  # noqa: DTZ001
    add("reject", issued="2021-02-30", level=None, kind="专项职业能力证书")
    add("accept", level="高级工")
    add("accept", level="三级")
    add("reject", level="七级")
    add("reject", phone="1385791")
    add("accept", phone=None)
    add("reject", id="330784199002301234")
    add("reject", name='=HYPERLINK("http://example.invalid","张三")')
    add("reject", number=None)
    add("accept", name="楼䶮")
    add("accept", name="阿卜杜拉·买买提江")
    add("accept", name="朱艳辉\n")
    return xlsx([["花名册（待核对）"], STAFF_HEADERS, *rows]), outcomes
