"""The policy commands, as a person at a terminal sees them; none of them needs a database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.policy import policy
from tests.domain.policy_samples import DRAFT_FILE, PACKS

_HEADER = "earned_on,subject,form,hours,credits,exam,source\n"
_ENOUGH = """2025-03-01,PUBLIC,F1,10,10,0,班一
2025-04-01,PROFESSIONAL,F3,40,40,0,内训
2025-05-01,PROFESSIONAL,EXAM,,10,1,考试
"""


def _example(key: str) -> str:
    return next(str(path) for path in PACKS if path.stem == key)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(policy, list(arguments), catch_exceptions=False)


@pytest.fixture
def table(tmp_path: Path):
    def write(content: str | bytes, name: str = "entries.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


# --- check ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [*(str(path) for path in PACKS), "JH-2020-DRAFT", "JH-2020-TRIAL"])
def test_every_pack_passes_its_own_vectors(file):
    result = _run("check", file)
    assert result.exit_code == 0, result.output
    assert "0 个不符" in result.output
    assert "不符  " not in result.output


def test_a_vector_that_fails_is_shown_and_ends_with_1(tmp_path):
    wrong = tmp_path / "pack.json"
    wrong.write_text(DRAFT_FILE.read_text("utf-8").replace('"value": 60, ', '"value": 61, ', 1), "utf-8")
    result = _run("check", str(wrong))
    assert result.exit_code == 1
    assert "不符  总学分恰好" in result.output
    assert "compliant：应为 True，算得 False" in result.output


def test_an_invalid_pack_ends_with_1_and_all_its_problems(tmp_path):
    wrong = tmp_path / "pack.json"
    wrong.write_text('{"key": "X", "floors": [{}]}', "utf-8")
    result = _run("check", str(wrong))
    assert result.exit_code == 1
    for place in ("$.key", "$.name", "$.subjects", "$.figures", "$.floors[0].key", "$.floors[0].source"):
        assert f"{place}：" in result.stderr


def test_a_pack_without_vectors_is_not_taken_for_tested(tmp_path):
    raw = json.loads(DRAFT_FILE.read_text("utf-8"))
    raw["vectors"] = []
    bare = tmp_path / "pack.json"
    bare.write_text(json.dumps(raw), "utf-8")
    assert _run("check", str(bare)).exit_code == 1


@pytest.mark.parametrize("command", [["check"], ["evaluate", "--year", "2025"]])
def test_a_pack_that_is_not_there_is_refused_with_the_names_of_those_that_are(command, table):
    result = _run(command[0], "JH-1999", *([table(_HEADER)] if command[0] == "evaluate" else []), *command[1:])
    assert result.exit_code == 2
    assert "JH-2020-DRAFT" in result.stderr


def test_a_file_that_is_no_text_is_refused(table):
    assert _run("check", table(b"\xff\xfe\x00\x80", "pack.json")).exit_code == 2


# --- evaluate ---------------------------------------------------------------------------------------------------------


def test_an_evaluation_as_json(table):
    result = _run("evaluate", "JH-2020-DRAFT", table(_HEADER + _ENOUGH), "--year", "2025", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["compliant"], found["status"], found["total"], found["exam"]) == (True, "MET", "60.0", "10.0")
    assert found["totals"] == {"PUBLIC": "10.0", "PROFESSIONAL": "50.0"}
    assert found["gaps"] == []
    assert {floor["key"]: (floor["required"], floor["met"]) for floor in found["floors"]} == {
        "floor.total": ("60.0", True),
        "floor.public": ("10.0", True),
        "floor.professional": ("40.0", True),
        "floor.exam_credits": ("10.0", True),
    }
    counted = {step["figure"]: step["entries"] for step in found["trace"] if step["kind"] == "COUNTED"}
    assert counted == {"PUBLIC": ["2"], "PROFESSIONAL": ["3", "4"]}, "entries are named by their row"


def test_an_evaluation_in_words(table):
    result = _run("evaluate", "JH-2020-TRIAL", table(_HEADER + _ENOUGH), "--year", "2025")
    assert result.exit_code == 0
    assert "公共科目还差 8 学分" in result.output
    assert "专业科目还差 10 学分" in result.output
    assert "在补足上述科目后，总学分还差 12 学分" in result.output


def test_the_date_of_the_first_certificate_decides_the_obligation(table):
    file = table(_HEADER)
    for first, status in (("2025-01-01", "NOT_OBLIGED"), ("2024-12-31", "NOT_MET")):
        result = _run("evaluate", "JH-2020-DRAFT", file, "--year", "2025", "--first-certificate", first, "--json")
        assert json.loads(result.stdout)["status"] == status


def test_the_level_and_the_day_of_a_rolling_year_are_passed_on(table):
    file = table("earned_on,subject,credits\n2022-05-01,公需科目,32\n2024-05-01,专业科目,64\n")
    levels = _example("NEIMENG-3YEARS")
    result = _run("evaluate", levels, file, "--year", "2024", "--level", "初级", "--json")
    assert json.loads(result.stdout)["compliant"] is True
    assert _run("evaluate", levels, file, "--year", "2024", "--level", "无此等级").exit_code == 2
    rolling = _example("ROLLING-12M")
    file = table("earned_on,subject,credits\n2023-06-15,ALL,24\n")
    for day, compliant in (("2024-06-14", True), ("2024-06-15", False)):
        result = _run("evaluate", rolling, file, "--year", "2024", "--as-of", day, "--json")
        assert json.loads(result.stdout)["compliant"] is compliant


_CHINESE = "学分,科目,来源,取得日期,是否考试取得,学时,学习形式\n"
_ROWS = """10,公共科目,班一,2025/3/1,否,10,培训班
40学分,专业,内训,2025年4月1日,,40学时,F3
１０,专业科目,考试,20250501,是,,专项知识考试
"""


@pytest.mark.parametrize(
    "content",
    [
        (_CHINESE + _ROWS).encode("utf-8-sig"),
        (_CHINESE + _ROWS).encode("gbk"),
        (_CHINESE + _ROWS).encode("utf-16"),
        ("张三 2025 年度学分,,,,,,\n\n" + _CHINESE + _ROWS).encode(),
        (_CHINESE + _ROWS).replace(",", "\t").encode(),
        (_CHINESE + _ROWS).replace("\n", "\r\n").encode(),
    ],
    ids=["utf8-bom", "gbk", "utf16", "title-row", "tabs", "crlf"],
)
def test_lists_are_read_as_people_write_them(content, table):
    result = _run("evaluate", "JH-2020-DRAFT", table(content), "--year", "2025", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["total"], found["exam"], found["compliant"]) == ("60.0", "10.0", True)


def test_every_bad_row_is_named_and_nothing_is_evaluated(table):
    rows = (
        "2025-13-01,XX,F9,a,1.25,maybe,\n"
        "2025-01-01,PUBLIC,F1,1,1,0,好\n"
        "\n"
        ",,,,,,空行以外缺了日期\n"
        "2025-01-01,PUBLIC,F1,1,-1,0,负\n"
        "2025-01-01,PUBLIC,F1,1,1e5,0,指数\n"
    )
    result = _run("evaluate", "JH-2020-DRAFT", table(_HEADER + rows), "--year", "2025")
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    for start in ("第2行“取得日期”", "第2行“科目”", "第2行“形式”", "第2行“学时”", "第2行“学分”", "第2行“是否考试取得”"):
        assert any(line.startswith(start) for line in lines), start
    for start in ("第5行“取得日期”", "第5行“科目”", "第5行“学分”", "第6行“学分”", "第7行“学分”"):
        assert any(line.startswith(start) for line in lines), start
    assert not any(line.startswith("第3行") for line in lines)
    assert lines[-1] == "4 行有误，没有计算，请改正后重试"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "请"),
        (b"hello\nworld\n", "表头"),
        (b"earned_on,subject\n2025-01-01,PUBLIC\n", "学分"),
        (b"\x00\x01\x02\x03", "请"),
        (b"PK\x03\x04broken", "请"),
        (b"\x89PNG\r\n\x1a\n", "请"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(content, says, table):
    result = _run("evaluate", "JH-2020-DRAFT", table(content), "--year", "2025")
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_list_that_is_not_there_is_refused():
    result = _run("evaluate", "JH-2020-DRAFT", "no-such.csv", "--year", "2025")
    assert (result.exit_code, "no-such.csv" in result.stderr) == (2, True)


def test_a_list_without_rows_is_a_person_without_credits(table):
    result = _run("evaluate", "JH-2020-DRAFT", table(_HEADER), "--year", "2025", "--json")
    assert json.loads(result.stdout)["missing"] == {
        "PUBLIC": "10.0",
        "PROFESSIONAL": "40.0",
        "ANY": "10.0",
        "EXAM": "10.0",
    }


def test_further_columns_reach_the_rules(table):
    content = (
        "earned_on,subject,form,hours,credits,days,course,frozen\n"
        "2025-03-01,PUBLIC,F1,6,6,1,,\n2025-03-01,PUBLIC,F1,6,6,1,,\n"  # 8 of 12 hours of one day
        "2025-04-01,PUBLIC,F1,,3,,安全,\n2025-05-01,PUBLIC,F1,,3,,安全,\n"  # a course twice
        "2025-06-01,PUBLIC,F1,,7,,,是\n"
    )
    result = _run("evaluate", "JH-2020-DRAFT", table(content), "--year", "2025", "--json")
    found = json.loads(result.stdout)
    assert (found["posted"], found["total"], found["cut"], found["frozen"]) == ("25.0", "11.0", "7.0", "7.0")


def test_the_commands_need_no_database():
    import subprocess
    import sys

    program = (
        "import sys; sys.argv = ['policy', 'check', 'JH-2020-DRAFT']\n"
        "from cli.policy import policy\n"
        "policy(standalone_mode=False)\n"
        "assert 'sqlalchemy' not in sys.modules, 'the database was loaded'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
