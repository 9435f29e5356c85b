"""E-mail addresses as they are checked."""

import time

import pytest

from domain.contact import BadEmail, check_email


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("a@b.cn", "a@b.cn"),
        (" Cheng.LiJun+work@Example.COM ", "cheng.lijun+work@example.com"),
        ("a@b.cn\r\n", "a@b.cn"),
        ("x_y-z@mail.yongkang.gov.cn", "x_y-z@mail.yongkang.gov.cn"),
    ],
)
def test_an_address_is_written_one_way(text, email):
    assert check_email(text) == email
    assert check_email(email) == email


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@b", "@b.cn", "a@.cn", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", "a@b..cn", ".a@b.cn", "a.@b.cn",
     "a@-b.cn", "程@b.cn", "a@b.cn,c@d.cn", "<a@b.cn>", "a" * 60 + "@b.cn"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadEmail):
        check_email(text)


def test_the_check_takes_no_time_on_anything():
    began = time.perf_counter()
    for text in ("a." * 25_000 + "@", "a@" + "b." * 25_000, "a@" + "-" * 50_000):
        with pytest.raises(BadEmail):
            check_email(text)
    assert time.perf_counter() - began < 0.05
