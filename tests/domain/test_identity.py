"""Identity numbers, organisation codes, names and phones of real people here, and the one mask."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import (
    IdentityProblem,
    IdType,
    Sex,
    age_problem,
    birth_on,
    check_id_number,
    check_name,
    check_phone,
    check_uscc,
    id_check_digit,
    mask_id,
    mask_name,
    mask_phone,
    normalise_name,
    normalise_number,
    sex_matches,
    uscc_check_character,
)

TODAY = date(2026, 11, 22)


def with_check_digit(first_seventeen: str) -> str:
    return first_seventeen + id_check_digit(first_seventeen)


def reasons_against(text: str, **options) -> tuple[str, ...]:
    with pytest.raises(IdentityProblem) as problem:
        check_id_number(text, today=TODAY, **options)
    assert problem.value.message == "；".join(problem.value.reasons)
    return problem.value.reasons


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_have_the_right_check_digit(number):
    assert id_check_digit(number[:17]) == number[17]


def test_the_numbers_of_the_standard_tell_birth_and_sex():
    identity = check_id_number("11010519491231002X", today=TODAY)
    assert (identity.birth_on, identity.sex, identity.id_type) == (
        date(1949, 12, 31),
        Sex.FEMALE,
        IdType.RESIDENT_ID,
    )
    assert identity.hints == ()
    assert reasons_against("440524188001010014") == ("按证件号码已超过100周岁，请核对号码",)


@pytest.mark.parametrize(
    "first_seventeen",
    [
        "33070319900101001",  # 金东区 exists since 2000 only, its people are older
        "33078419900101001",  # 永康市 since 1992
        "33072119750615002",  # 金华县, gone in 2000
        "33072219800229003",  # 永康县
        "33072419790909151",  # 东阳县
        "33072519750615004",  # 义乌县, gone in 1988
        "33070219600101005",
        "33240119660101006",  # 金华地区
        "33078519900101007",  # no such county: python-stdnum raises KeyError
    ],
)
def test_codes_that_changed_over_the_decades_are_no_obstacle(first_seventeen):
    identity = check_id_number(with_check_digit(first_seventeen), today=TODAY)
    assert identity.id_type is IdType.RESIDENT_ID
    assert identity.hints == ()


@pytest.mark.parametrize(
    ("first_seventeen", "id_type"),
    [
        ("81000019900101001", IdType.HMT_RESIDENCE),
        ("82000019900101001", IdType.HMT_RESIDENCE),
        ("83000019900101001", IdType.HMT_RESIDENCE),
        ("91123419900101001", IdType.FOREIGN_RESIDENCE),
    ],
)
def test_other_cards_with_eighteen_digits_are_recognised_by_their_number(first_seventeen, id_type):
    number = with_check_digit(first_seventeen)
    for stated in (None, IdType.RESIDENT_ID, id_type):
        identity = check_id_number(number, today=TODAY, id_type=stated)
        assert (identity.id_type, identity.birth_on, identity.hints) == (id_type, date(1990, 1, 1), ())


def test_documents_without_a_check_digit():
    assert check_id_number("usa110185010112", today=TODAY).id_type is IdType.FOREIGN_RESIDENCE
    passport = check_id_number("e1234 5678", today=TODAY, id_type=IdType.PASSPORT)
    assert (passport.number, passport.birth_on, passport.sex) == ("E12345678", None, None)
    assert check_id_number("H12345678", today=TODAY, id_type=IdType.HMT_PERMIT).number == "H12345678"


@pytest.mark.parametrize(
    ("text", "id_type", "said"),
    [
        ("", None, "请填写证件号码"),
        (" \u3000 ", None, "请填写证件号码"),
        ("330702000527816", None, "15位"),
        ("3.30702199001010E+17", None, "科学计数法"),
        ("33070219900101001", None, "现为17位"),
        ("3307021990010100111", None, "现为19位"),
        ("E12345678", None, "现为9位"),
        ("33070219900101A015", None, "前17位应为数字"),
        ("٣٣٠٧٠٢١٩٩٠٠١٠١٠٠١٥", None, "前17位应为数字"),
        ("110105194912310021", None, "校验不通过"),
        ("330784199002301234", None, "出生日期"),
        ("330784199002301234", None, "校验不通过"),
        ("11010519491231002X", IdType.PASSPORT, "证件类型是护照"),
        ("1234", IdType.PASSPORT, "护照号码"),
        ("ABCDEFGH", IdType.PASSPORT, "护照号码"),
        ("=1+1", IdType.PASSPORT, "护照号码"),
        ("X1234", IdType.HMT_PERMIT, "通行证号码"),
        ("12", IdType.FOREIGN_RESIDENCE, "永久居留"),
    ],
)
def test_numbers_that_cannot_be_right_say_what_to_do(text, id_type, said):
    assert any(said in reason for reason in reasons_against(text, id_type=id_type))


def test_an_unknown_province_is_a_hint_only():
    for first_seventeen in ("19070219900101001", "99023419900101001"):
        assert len(check_id_number(with_check_digit(first_seventeen), today=TODAY).hints) == 1


@pytest.mark.parametrize(
    ("born_on", "allowed"),
    [
        ("2010-11-22", True),   # 16 today
        ("2010-11-23", False),  # 16 tomorrow
        ("1925-11-23", True),   # 101 tomorrow
        ("1925-11-22", False),  # 101 today
        ("2026-11-23", False),  # not yet born
    ],
)  # fmt: skip
def test_people_in_the_register_are_16_to_100(born_on, allowed):
    born_on = date.fromisoformat(born_on)
    assert (age_problem(born_on, today=TODAY) is None) is allowed
    number = with_check_digit(f"330702{born_on:%Y%m%d}001")
    if allowed:
        assert check_id_number(number, today=TODAY).birth_on == born_on
    else:
        assert len(reasons_against(number)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        "  11010519491231002x ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "'11010519491231002X",
        "\ufeff11010519491231002X\u200b\n",
        "11010519491231002×",
        "11010519491231002Х",  # the Cyrillic letter
    ],
)
def test_one_person_has_one_spelling_of_the_number(text):
    assert check_id_number(text, today=TODAY).number == "11010519491231002X"


@given(st.dates(date(1927, 1, 1), date(2010, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born_on, order, position, shift):
    number = with_check_digit(f"330784{born_on:%Y%m%d}{order:03}")
    identity = check_id_number(number, today=TODAY)
    assert identity.birth_on == born_on == birth_on(number)
    assert identity.sex is (Sex.MALE if order % 2 else Sex.FEMALE)
    wrong = number[:position] + str((int(number[position]) + shift) % 10) + number[position + 1 :]
    assert reasons_against(wrong)


def test_the_stated_sex_is_compared_where_the_number_tells_it():
    identity = check_id_number("11010519491231002X", today=TODAY)
    assert sex_matches(Sex.FEMALE, identity)
    assert sex_matches(None, identity)
    assert not sex_matches(Sex.MALE, identity)
    passport = check_id_number("E12345678", today=TODAY, id_type=IdType.PASSPORT)
    assert sex_matches(Sex.MALE, passport)


@given(st.text())
def test_normalising_twice_is_normalising_once(text):
    assert normalise_number(normalise_number(text)) == normalise_number(text)
    assert normalise_name(normalise_name(text)) == normalise_name(text)


# ---- organisations


@pytest.mark.parametrize(
    ("number", "department", "kind"),
    [
        ("11330700002592652B", "机构编制", "机关"),  # the bureau's own notice
        ("91330784K49LUPRD6E", "市场监管", "企业"),
        ("91330727881Q4ARN2X", "市场监管", "企业"),
        ("N2330727" + "MA2ABCDE1", "农业农村", "村级集体经济组织"),
        ("Y1330700" + "MA2ABCDE1", "其他", "其他"),
        ("52330784" + "MA2ABCDE1", "民政", "民办非企业单位"),
        ("51330700" + "MA2ABCDE1", "民政", "社会团体"),
        ("94330700" + "MA2ABCDE1", "市场监管", "其他"),
    ],
)
def test_organisation_codes_tell_their_kind(number, department, kind):
    if len(number) == 17:
        number += uscc_check_character(number)
    code = check_uscc(f" {number.lower()} ")
    assert (code.number, code.department, code.kind, code.region_code) == (number, department, kind, number[2:8])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请填写"),
        ("9133078", "现为7位"),
        ("91330784K49LUPRD6O", "“O”"),
        ("91330784K49LUPRI6S", "“I”“S”"),
        ("91330784K49LUPRD63", "校验不通过"),
        ("19330784K49LUPRD6E", "校验不通过"),
        ("九一三三〇七八四123456789D", "不会出现"),
    ],
)
def test_organisation_codes_that_cannot_be_right(text, said):
    with pytest.raises(IdentityProblem, match=said):
        check_uscc(text)


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_character_of_an_organisation_code_is_always_noticed(first_seventeen, position, shift):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    number = first_seventeen + uscc_check_character(first_seventeen)
    assert check_uscc(number).number == number
    other = alphabet[(alphabet.index(number[position]) + shift) % 31]
    with pytest.raises(IdentityProblem):
        check_uscc(number[:position] + other + number[position + 1 :])


# ---- names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("程\u3000文慧", "程文慧"),
        ("朱艳辉\n", "朱艳辉"),
        ("朱艳\r\n辉", "朱艳辉"),
        (" 王 五 ", "王五"),
        ("阿卜杜拉·买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉•买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉‧买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉・买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉･买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉．买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉●买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉.买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉 · 买买提江", "阿卜杜拉·买买提江"),
        ("阿卜杜拉··买买提江", "阿卜杜拉·买买提江"),
        ("楼䶮", "楼䶮"),
        ("𠅤𫠊𬭎", "𠅤𫠊𬭎"),
        ("张\U0002ebf0\U00031350", "张\U0002ebf0\U00031350"),  # newer than Python's own tables
        ("㛃𬎆𰻝", "㛃𬎆𰻝"),
        ("〇", "〇"),
        ("John   Smith", "John Smith"),
        ("Ｊｏｈｎ\u3000Ｓｍｉｔｈ", "John Smith"),
        ("Anne-Marie O'Neil Jr.", "Anne-Marie O'Neil Jr."),
        ("张\u200b三\ufeff", "张三"),
        ("买" * 50, "买" * 50),
    ],
)
def test_names_are_kept_and_spelt_one_way(text, name):
    assert check_name(text) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "请填写姓名"),
        ("\u3000\n", "请填写姓名"),
        ("买" * 51, "最多50个字符，现为51个"),
        ("张三1", "“1”"),
        ("张三（女）", "“()”"),
        ("=1+1", "“=1+”"),
        ("张三😀", "“😀”"),
        ("张\ue000", "自造字"),
        ("张\x07三", "不能有"),
        ("···", "没有文字"),
        ("张三、李四", "“、”"),
    ],
)
def test_names_nobody_has(text, said):
    with pytest.raises(IdentityProblem) as problem:
        check_name(text)
    assert said in problem.value.message


# ---- phones


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", None),
        (" ", None),
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("８６１３８１２３４５６７８", "13812345678"),
        ("0579-82345678", "057982345678"),
        ("(0579)82345678", "057982345678"),
        ("010-62345678", "01062345678"),
        ("0570-3021234", "05703021234"),
    ],
)
def test_phones_are_kept_as_digits(text, number):
    assert check_phone(text) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1385791", "现为7位"),
        ("138123456789", "现为12位"),
        ("12812345678", "号段"),
        ("82345678", "带区号"),
        ("无", "带区号"),
        ("١٣٨١٢٣٤٥٦٧٨", "带区号"),
        ("1.38E+10", "带区号"),
    ],
)
def test_phones_nobody_answers(text, said):
    with pytest.raises(IdentityProblem, match=said):
        check_phone(text)


# ---- masks


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_id, "11010519491231002X", "110*************2X"),
        (mask_id, "E12345678", "E12****78"),
        (mask_id, "E1234", "*****"),
        (mask_id, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "1234567", "*******"),
        (mask_name, "张三", "张*"),
        (mask_name, "欧阳锋", "欧*锋"),
        (mask_name, "王", "王"),
        (mask_name, "", ""),
        (mask_name, "阿卜杜拉·买买提江", "阿***·***江"),
        (mask_name, "John Smith", "J*** ****h"),
    ],
)
def test_masks(mask, value, shown):
    assert mask(value) == shown


@given(st.integers(10**16, 10**17 - 1))
def test_a_masked_number_hides_the_birth_date_and_most_of_the_order(first_seventeen):
    number = with_check_digit(str(first_seventeen))
    shown = mask_id(number)
    assert len(shown) == 18
    assert shown[3:16] == "*" * 13
