"""Which passwords are refused, and that every reason is said at once."""

import pytest

from domain.passwords import LEAST_PERSON, LEAST_STAFF, MOST, rules, weaknesses

COMMON = frozenset({"password123", "1qaz2wsx3edc"})


def reasons(password: str, *, least: int = LEAST_STAFF, words: tuple[str, ...] = ()) -> list[str]:
    return weaknesses(password, least=least, words=words, common=COMMON)


@pytest.mark.parametrize(
    "password",
    ["tiger lamp 42 river", "我家门前有两棵枣树吧", "x" * 5 + "q7 lantern boat", "correct horse battery staple" * 4],
)
def test_a_long_sentence_is_good(password):
    assert reasons(password) == []


def test_sixty_four_characters_and_more_are_taken_up_to_the_limit():
    long = ("river lamp 7 " * 10)[:MOST]
    assert reasons(long[:64]) == reasons(long) == []
    assert len(reasons(long + "x")) == 1


@pytest.mark.parametrize(("least", "length", "refused"), [(8, 7, True), (8, 8, False), (10, 9, True), (10, 10, False)])
def test_the_least_length_is_kept_to_the_character(least, length, refused):
    assert bool(reasons("kestrel7mq"[:length], least=least)) is refused


def test_staff_need_more_than_technicians():
    assert LEAST_PERSON == 8
    assert LEAST_STAFF == 10


@pytest.mark.parametrize("password", ["Password123", "1QAZ2WSX3EDC"])
def test_common_passwords_are_refused_in_any_case(password):
    assert reasons(password)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaa", "abababababab", "abcabcabcabc", "1234123412341", "0123456789", "qwertyuiop", "9876543210"],
)
def test_repeated_and_running_characters_are_refused(password):
    assert reasons(password)


@pytest.mark.parametrize("password", ["WuXue shines", "我爱金华火腿真好吃", "xx-jinhua-xx", "技能人才加油干活吧"])
def test_words_of_this_place_are_refused(password):
    assert reasons(password)


def test_the_own_name_and_sign_in_name_are_refused():
    assert reasons("程丽君的小猫叫做咪咪", words=("程丽君",))
    assert reasons("chenglijun-and-cat", words=("chengLijun",))
    assert not reasons("chenglijun-and-cat", words=("x", ""))


def test_a_number_of_the_person_is_not_repeated_on_the_screen():
    said = "".join(reasons("my 13812345678 phone", words=("13812345678",)))
    assert said
    assert "13812345678" not in said


def test_every_reason_is_said_at_once():
    assert len(reasons("jinhua")) == 2


def test_the_rules_told_first_name_the_length():
    assert "至少10位" in rules(10)
