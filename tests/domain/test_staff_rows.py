"""A staff list row by row: what is accepted, and every reason at once for what is not."""

from datetime import date

import pytest

from domain.identity import IdType, Sex
from domain.skills import CertificateKind, certificate_number_hints
from domain.staff_rows import STAFF, check_staff
from domain.tables import Sheet
from services import reference
from tests.sheet_makers import TODAY

HEADER = [column.label for column in STAFF.columns]
GOOD = {
    "name": "张三",
    "sex": "女",
    "id_type": "居民身份证",
    "id_number": "33078419900307202X",
    "phone": "13812345678",
    "insurance_number": "3307119976214",
    "occupation": "数控车工",
    "level": "三级/高级工",
    "certificate_kind": "职业技能等级证书",
    "certificate_number": "Y000133000001203000001",
    "issued_on": "2020-05-08",
}
PASSPORT = {"id_type": "护照", "id_number": "E12345678"}


def check(*people: dict, header=HEADER):
    keys = [next(column.key for column in STAFF.columns if column.label == label) for label in header]
    rows = [[(GOOD | person)[key] for key in keys] for person in people]
    return check_staff(
        Sheet("表", [header, *rows]),
        today=TODAY,
        levels=reference.level_ranks(),
        occupations=reference.occupation_names(),
    )


def reasons(**changes) -> list[str]:
    row = check(changes).rows[0]
    assert (row.value is None) == bool(row.problems)
    return row.reasons


def accepted(**changes):
    row = check(changes).rows[0]
    assert row.reasons == []
    return row


def test_a_clean_row():
    row = accepted()
    value = row.value
    assert row.hints == ()
    assert (value.name, value.sex, value.id_type, value.id_number) == (
        "张三",
        Sex.FEMALE,
        IdType.RESIDENT_ID,
        "33078419900307202X",
    )
    assert value.born_on == date(1990, 3, 7)
    assert (value.phone, value.insurance_number) == ("13812345678", "3307119976214")
    assert (value.occupation, value.occupation_code, value.level) == ("数控车工", "6-18-01-01", 4)
    assert value.certificate_kind is CertificateKind.SKILL_LEVEL
    assert (value.certificate_number, value.issued_on) == ("Y000133000001203000001", date(2020, 5, 8))


def test_every_reason_is_told_at_once():
    row = check(
        {
            "name": "",
            "sex": "x",
            "id_number": "330784199002301234",
            "phone": "1385791",
            "occupation": "",
            "level": "七级",
            "certificate_kind": "驾驶证",
            "certificate_number": "",
            "issued_on": "2021-02-30",
        }
    ).rows[0]
    assert {problem.column for problem in row.problems} == set(GOOD) - {"id_type", "insurance_number"}
    assert len(row.problems) == 10  # the ID number alone has two


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, "请填写姓名"),
        ({"sex": "男"}, "性别与身份证号码不符"),
        ({"sex": "未知"}, "性别请填写男或女"),
        ({"id_number": 3.3078419900307e17}, "数字格式"),
        ({"id_number": 330784199003072024}, "数字格式"),
        ({"id_number": "330784900307202"}, "15位"),
        ({"id_number": "E12345678"}, "请注明证件类型"),
        ({"id_type": "结婚证"}, "证件类型无法识别"),
        ({"id_type": "护照"}, "证件类型是护照"),
        ({**PASSPORT, "sex": ""}, "证件号码中没有性别"),
        ({"phone": "82345678"}, "带区号"),
        ({"insurance_number": 1234567890123456.0}, "数字格式"),
        ({"occupation": "工" * 65}, "最多64个字"),
        ({"level": ""}, "请填写技能等级"),
        ({"level": "无等级"}, "请填写技能等级"),
        ({"level": "三级/中级工"}, "无法识别"),
        ({"certificate_kind": ""}, "请填写国家职业资格证书、"),
        ({"certificate_kind": "教师资格证"}, "证书类别无法识别"),
        ({"certificate_number": 2.411e17}, "数字格式"),
        ({"certificate_number": "2.411E+17"}, "科学计数法"),
        ({"certificate_number": "1" * 65}, "最多64个字符"),
        ({"issued_on": ""}, "请填写发证日期"),
        ({"issued_on": "2026-11-23"}, "晚于今天"),
        ({"issued_on": "1949-12-31"}, "早于1950年"),
        ({"issued_on": "2019年6月"}, "不完整"),
        ({"occupation": "=cmd|' /C calc'!A0"}, "公式"),
    ],
)
def test_one_mistake_one_reason(changes, said):
    told = reasons(**changes)
    assert len(told) == 1
    assert said in told[0]


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"sex": ""}, "sex", Sex.FEMALE),
        ({"sex": "女性"}, "sex", Sex.FEMALE),
        ({"sex": 2}, "sex", Sex.FEMALE),
        ({"id_type": ""}, "id_type", IdType.RESIDENT_ID),
        ({"id_type": "身份证"}, "id_type", IdType.RESIDENT_ID),
        ({**PASSPORT, "sex": "男"}, "sex", Sex.MALE),
        ({**PASSPORT, "sex": "男"}, "born_on", None),
        ({"id_number": " 33078419900307202x\n"}, "id_number", "33078419900307202X"),
        ({"phone": 13812345678.0}, "phone", "13812345678"),
        ({"phone": ""}, "phone", None),
        ({"phone": "无"}, "phone", None),
        ({"insurance_number": ""}, "insurance_number", None),
        ({"insurance_number": 3307119976214.0}, "insurance_number", "3307119976214"),
        ({"occupation": "占卜师"}, "occupation_code", None),
        ({"occupation": " 叉车 司机"}, "occupation", "叉车司机"),
        ({"occupation": "叉车司机"}, "occupation_code", "6-30-05-01"),
        ({"level": "高级工"}, "level", 4),
        ({"level": 3.0}, "level", 4),
        ({"level": "Ⅲ"}, "level", 4),
        ({"level": "首席技师"}, "level", 8),
        ({"level": "", "certificate_kind": "专项职业能力证书"}, "level", 0),
        ({"level": "/", "certificate_kind": "专项能力"}, "level", 0),
        ({"level": "三级", "certificate_kind": "专项职业能力证书"}, "level", 0),
        ({"certificate_kind": "职业资格"}, "certificate_kind", CertificateKind.QUALIFICATION),
        ({"certificate_kind": "焊工职业技能等级证书"}, "certificate_kind", CertificateKind.SKILL_LEVEL),
        ({"certificate_number": 123456789012345.0}, "certificate_number", "123456789012345"),
        ({"certificate_number": " s0000330708948446307"}, "certificate_number", "S0000330708948446307"),
        ({"issued_on": TODAY}, "issued_on", TODAY),
        ({"issued_on": "1950-01-01"}, "issued_on", date(1950, 1, 1)),
    ],
)
def test_what_people_write_is_understood(changes, key, value):
    assert getattr(accepted(**changes).value, key) == value


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"occupation": "占卜师"}, "occupation"),
        ({"level": "三级", "certificate_kind": "专项职业能力证书", "certificate_number": "1" * 18}, "level"),
        ({"certificate_number": "浙金职鉴123"}, "certificate_number"),
        ({"level": "二级"}, "certificate_number"),  # the number says 三级
        ({"issued_on": "2021-05-08"}, "certificate_number"),  # the number says 2020
        ({"issued_on": "2005-05-08", "certificate_number": "1" * 18}, "issued_on"),  # aged 15
    ],
)
def test_doubts_are_told_and_block_nothing(changes, column):
    assert [hint.column for hint in accepted(**changes).hints] == [column]


def test_known_shapes_of_certificate_numbers_raise_no_doubt():
    for number in ("1533000000400001", "241100004618094942", "S0000330708948446307", "AB12345678901234567890"):
        assert certificate_number_hints(number, level=4, issued_on=date(2020, 1, 1)) == ()


def test_a_person_may_have_several_certificates():
    table = check({}, {"certificate_number": "241100004618094942", "occupation": "焊工"})
    assert len(table.accepted) == 2


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({}, "与第2行重复"),
        ({"id_number": "33078419900307202x ", "name": "张\u3000三"}, "与第2行重复"),
        ({"level": "二级/技师"}, "与第2行重复"),
        ({"name": "李四", "certificate_number": "1" * 18}, "与第2行证件号码相同但姓名不同"),
        ({"id_number": "11010519491231002X"}, "与第2行他人的证书编号相同"),
    ],
)
def test_a_later_row_that_contradicts_an_accepted_one_is_refused(second, said):
    table = check({}, second)
    assert [row.excel_row for row in table.accepted] == [2]
    assert len(table.rejected[0].problems) == 1
    assert said in table.rejected[0].reasons[0]


def test_a_row_that_repeats_a_refused_one_stands_on_its_own():
    table = check({"phone": "1"}, {}, {"name": "李四", "certificate_number": "1" * 18})
    assert [row.outcome for row in table.rows] == ["reject", "accept", "reject"]
    assert "与第3行" in table.rows[2].reasons[0]


def test_columns_nobody_has_to_give():
    optional = ("性别", "证件类型", "手机号码", "社保编号")
    table = check({}, header=[label for label in reversed(HEADER) if label not in optional])
    assert table.rows[0].value.sex is Sex.FEMALE
    assert table.rows[0].value.phone is None


def test_the_problems_are_listed_by_spreadsheet_row():
    table = check({}, {"phone": "1", "certificate_number": "2" * 18})
    assert list(table.problems) == [3]
    assert table.problems[3][0].column == "phone"
