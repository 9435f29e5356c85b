"""Which passwords are refused: too short, known to guessing programs, or made of words anybody would try."""

from collections.abc import Collection

LEAST_PERSON = 8
LEAST_STAFF = 10
MOST = 128

# Words of this site and place (ASVS 6.1.2): the first ones tried by somebody who guesses by hand.
CONTEXT_WORDS = ("金华", "婺学", "技能", "人社", "jinhua", "wuxue", "jineng", "renshe")

_SEQUENCES = (
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)


def rules(least: int) -> str:
    """The rules as they are told before a password is chosen."""
    return (
        f"至少{least}位，越长越好，可以用一句话；不要用常见密码、连续或重复的字符，"
        "不要包含姓名、登录名以及“金华”“wuxue”等容易猜到的词。可以粘贴，不要求定期更换。"
    )


def weaknesses(password: str, *, least: int, words: Collection[str], common: Collection[str]) -> list[str]:
    """Every reason against the password, as sentences; empty when it may be used.

    `words` are the names and numbers of this person, `common` the lower-case passwords that are tried first. There is
    no rule about kinds of characters: such rules make passwords alike (ASVS 6.2.5).
    """
    if not password:
        return ["请填写密码"]
    found = []
    folded = password.casefold()
    if len(password) < least:
        found.append(f"密码至少{least}位，现为{len(password)}位，可以用一句话")
    if len(password) > MOST:
        found.append(f"密码最多{MOST}位，现为{len(password)}位")
    if folded in common or _is_pattern(folded):
        found.append("这是常见密码或连续、重复的字符，很容易被猜到，请换一个")
    used = next((word for word in (*CONTEXT_WORDS, *words) if len(word) >= 2 and word.casefold() in folded), None)
    if used is not None:
        # A number of the person is not repeated on the screen.
        named = f"“{used}”" if not any(character.isdigit() for character in used) else "登录名、手机号或证件号码"
        found.append(f"密码中不要包含{named}等容易猜到的内容")
    return found


def _is_pattern(text: str) -> bool:
    """One short block over and over, or a run along the keyboard or the alphabet."""
    length = len(text)
    if any(text == (text[:size] * (length // size + 1))[:length] for size in range(1, min(4, length // 2) + 1)):
        return True
    return any(text in sequence for sequence in _SEQUENCES)
