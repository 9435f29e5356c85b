"""Articles of the regulation as Chinese texts cite them."""

_DIGITS = "零一二三四五六七八九"


def cited(number: int | str) -> str:
    """第二十条 for 20; ValueError for what is no article below a hundred."""
    tens, ones = divmod(int(number), 10)
    if not 0 < int(number) < 100:
        raise ValueError(f"no article {number}")
    ten = f"{_DIGITS[tens] if tens > 1 else ''}十" if tens else ""
    return f"第{ten}{_DIGITS[ones] if ones else ''}条"
