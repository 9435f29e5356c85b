"""Articles in Chinese figures."""

import pytest

from domain.articles import cited


@pytest.mark.parametrize(
    ("number", "words"),
    [(3, "第三条"), (10, "第十条"), (16, "第十六条"), (20, "第二十条"), ("40", "第四十条"), (99, "第九十九条")],
)
def test_an_article_is_cited_as_the_regulation_writes_it(number: int | str, words: str) -> None:
    assert cited(number) == words


@pytest.mark.parametrize("number", [0, -1, 100])
def test_what_is_no_article_is_not_cited(number: int) -> None:
    with pytest.raises(ValueError, match="article"):
        cited(number)
