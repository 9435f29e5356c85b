"""The results of an activity row by row."""

from decimal import Decimal

import pytest

from domain.result_rows import RESULTS, Outcome, check_results
from domain.tables import Sheet
from services import reference
from tests.sheet_makers import TODAY

HEADER = [column.label for column in RESULTS.columns]
GOOD = {
    "name": "张三",
    "id_type": "",
    "id_number": "33078419900307202X",
    "occupation": "车工",
    "hours": 16,
    "score": 92.5,
    "outcome": "合格",
    "remark": "",
}


def check(*people: dict, planned="16", pass_score=None):
    rows = [[(GOOD | person)[column.key] for column in RESULTS.columns] for person in people]
    return check_results(
        Sheet("表", [HEADER, *rows]),
        today=TODAY,
        planned_hours=Decimal(planned),
        occupations=reference.occupation_names(),
        pass_score=pass_score,
    )


def test_a_clean_row():
    value = check({"remark": " 优秀学员 "}).rows[0].value
    assert (value.name, value.id_number, value.occupation_code) == ("张三", "33078419900307202X", "6-18-01-01")
    assert (value.hours, value.score, value.outcome) == (Decimal("16.0"), Decimal("92.5"), Outcome.PASSED)
    assert value.remark == "优秀学员"


@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        *((text, Outcome.PASSED) for text in ("合格", "通过", "及格", "优秀", "良好", "是")),
        *((text, Outcome.FAILED) for text in ("不合格", "未通过", "不及格", "否")),
        *((text, Outcome.BREACH) for text in ("违纪", "作弊", "取消成绩")),
    ],
)
def test_outcomes_are_read_as_people_write_them(written, outcome):
    assert check({"outcome": written}).rows[0].value.outcome is outcome


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"id_number": ""}, "请填写证件号码"),
        ({"id_number": 3.3e17}, "数字格式"),
        ({"hours": ""}, "请填写实到学时"),
        ({"hours": 16.5}, "超过备案的16学时"),
        ({"hours": "1e1"}, "不是可用的数字"),
        ({"hours": -1}, "不能为负数"),
        ({"hours": 7.25}, "最多保留1位小数"),
        ({"score": 100.1}, "0到100"),
        ({"score": "-1"}, "不能为负数"),
        ({"score": "NaN"}, "不是可用的数字"),
        ({"score": "九十"}, "不是可用的数字"),
        ({"outcome": ""}, "请填写考核结果"),
        ({"outcome": "还行"}, "无法识别"),
        ({"outcome": "缺考", "score": 80}, "缺考但填有成绩"),
        ({"outcome": "合格", "score": "缺考"}, "矛盾"),
        ({"remark": "长" * 201}, "最多200个字"),
        ({"remark": "=1+1"}, "公式"),
    ],
)
def test_one_mistake_one_reason(changes, said):
    row = check(changes).rows[0]
    assert row.value is None
    assert len(row.reasons) == 1
    assert said in row.reasons[0]


@pytest.mark.parametrize(
    ("changes", "hours", "score", "outcome"),
    [
        ({"hours": "16学时", "score": "98分"}, "16", "98", Outcome.PASSED),
        ({"hours": 0, "score": 0, "outcome": "缺考"}, "0", "0", Outcome.ABSENT),
        ({"hours": "", "score": "", "outcome": "缺考"}, "0", None, Outcome.ABSENT),
        ({"hours": "", "score": "缺考", "outcome": ""}, "0", None, Outcome.ABSENT),
        ({"score": "作弊", "outcome": ""}, "16", None, Outcome.BREACH),
        ({"score": "合格"}, "16", None, Outcome.PASSED),
        ({"score": ""}, "16", None, Outcome.PASSED),
        ({"score": 100}, "16", "100", Outcome.PASSED),
        ({"hours": 12, "score": 98, "outcome": "不合格"}, "12", "98", Outcome.FAILED),
    ],
)
def test_what_people_write_is_understood(changes, hours, score, outcome):
    row = check(changes).rows[0]
    assert row.reasons == []
    assert row.value.hours == Decimal(hours)
    assert row.value.score == (Decimal(score) if score is not None else None)
    assert row.value.outcome is outcome


def test_a_person_has_one_row():
    table = check({}, {"id_number": "33078419900307202x", "name": "张三"}, {"id_number": "11010519491231002X"})
    assert [row.outcome for row in table.rows] == ["accept", "reject", "accept"]
    assert table.rows[1].reasons == ["与第2行是同一人，每人只能有一行，请删除其中一行"]


def test_a_pass_below_the_mark_is_a_doubt_only():
    row = check({"score": 59}, pass_score=Decimal(60)).rows[0]
    assert row.outcome == "accept"
    assert "低于60分" in row.hints[0].reason
    assert check({"score": 60}, pass_score=Decimal(60)).rows[0].hints == ()
