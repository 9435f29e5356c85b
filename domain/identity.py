"""Who somebody is: identity numbers, names, phones and organisation codes, checked, normalised and masked."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import RuleError

MIN_AGE = 16
MAX_AGE = 100
MAX_NAME_LENGTH = 50


class IdentityProblem(RuleError):
    """A name, number or code cannot be right. `reasons` holds every reason, `message` all of them in one line."""

    code = "identity"

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("；".join(reasons))


class Sex(StrEnum):
    """GB/T 2261.1: 1 male, 2 female."""

    MALE = "1"
    FEMALE = "2"

    @property
    def label(self) -> str:
        return "男" if self is Sex.MALE else "女"


class IdType(StrEnum):
    """The kinds of identity document a person may be registered by."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE = "hmt_residence"
    FOREIGN_RESIDENCE = "foreigner_id"
    HMT_PERMIT = "hmt_permit"
    PASSPORT = "passport"

    @property
    def label(self) -> str:
        return _ID_TYPE_LABELS[self]


_ID_TYPE_LABELS = {
    IdType.RESIDENT_ID: "居民身份证",
    IdType.HMT_RESIDENCE: "港澳台居民居住证",
    IdType.FOREIGN_RESIDENCE: "外国人永久居留身份证",
    IdType.HMT_PERMIT: "港澳台居民来往内地（大陆）通行证",
    IdType.PASSPORT: "护照",
}

# ---- numbers ---------------------------------------------------------------------------------------------------------

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
# The multiplication sign and the Cyrillic letter look like the check digit X; a quote in front is a habit from Excel.
_LOOKALIKES = str.maketrans({"×": "X", "Х": "X", "х": "X", "‘": None, "’": None, "'": None, "`": None})

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FIFTEEN = re.compile(r"[0-9]{15}")
_FOREIGN_FIFTEEN = re.compile(r"[A-Z]{3}[0-9]{12}")
_HMT_PERMIT = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}([0-9]{2})?")
_PASSPORT = re.compile(r"(?=[A-Z0-9]*[0-9])[A-Z0-9]{5,14}")
# First two digits of every province, region and municipality, and 81 to 83 for Hong Kong, Macao and Taiwan.
_PROVINCES = frozenset(
    str(code)
    for tens in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84))
    for code in range(*tens)
)


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A checked identity number; birth date and sex are None where the document does not carry them.

    `hints` are doubts to show, never a refusal.
    """

    number: str
    id_type: IdType
    birth_on: date | None
    sex: Sex | None
    hints: tuple[str, ...] = ()


def normalise_number(text: str) -> str:
    """One spelling for an identity number or code: half-width, upper case, without spaces and invisible characters."""
    if text.isascii():
        return _INVISIBLE.sub("", text).translate(_LOOKALIKES).upper()
    return _until_stable(_normalise_number_once, text)


def _normalise_number_once(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOKALIKES).upper()


def _until_stable(normalise: Callable[[str], str], text: str) -> str:
    # What is taken out may let its neighbours combine, so that a second pass would find more to do.
    while (once := normalise(text)) != text:
        text = once
    return text


def id_check_digit(first_seventeen: str) -> str:
    """The 18th character of a citizen number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _ID_WEIGHTS, strict=True))
    return _ID_CHECK_DIGITS[total % 11]


def birth_on(number: str) -> date | None:
    """The birth date in a normalised 18-character number, None if there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> Sex:
    """The sex in a normalised 18-character number: the 17th digit is odd for men."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def age_on(born_on: date, day: date) -> int:
    """Full years of age on this day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def age_problem(born_on: date, *, today: date) -> str | None:
    """Why nobody born on this day can be in the register, or None."""
    if born_on > today:
        return "号码中的出生日期晚于今天，请核对证件号码"
    if age_on(born_on, today) < MIN_AGE:
        return f"按证件号码未满{MIN_AGE}周岁，不能登记为技能人才，请核对号码"
    if age_on(born_on, today) > MAX_AGE:
        return f"按证件号码已超过{MAX_AGE}周岁，请核对号码"
    return None


def sex_matches(stated: Sex | None, identity: IdentityNumber) -> bool:
    """Whether the stated sex agrees with the number; nothing stated, or nothing in the number, agrees."""
    return stated is None or identity.sex is None or stated is identity.sex


def check_id_number(text: str, *, today: date, id_type: IdType | None = None) -> IdentityNumber:
    """The normalised number with what it says of the person, or IdentityProblem with every reason against it.

    Length, characters, check digit, birth date and age are rules; an unknown region is a hint only, because codes were
    renamed and merged for decades. Without `id_type` the number itself tells which document it is; passports and
    permits must be named. Of a card number the number decides even against a stated `id_type`.
    """
    number = normalise_number(text)
    if not number:
        raise IdentityProblem("请填写证件号码")
    if _EIGHTEEN.fullmatch(number):
        if id_type in (IdType.PASSPORT, IdType.HMT_PERMIT):
            raise IdentityProblem(f"证件类型是{id_type.label}，但填写的是18位证件号码，请更正证件类型或号码")
        return _check_eighteen(number, today)
    if _FOREIGN_FIFTEEN.fullmatch(number) and id_type in (None, IdType.FOREIGN_RESIDENCE):
        return IdentityNumber(number, IdType.FOREIGN_RESIDENCE, None, None)
    if id_type is IdType.PASSPORT:
        if not _PASSPORT.fullmatch(number):
            raise IdentityProblem("护照号码应为5至14位字母和数字，请按护照首页填写")
        return IdentityNumber(number, id_type, None, None)
    if id_type is IdType.HMT_PERMIT:
        if not _HMT_PERMIT.fullmatch(number):
            raise IdentityProblem("通行证号码应为字母H或M加8位数字，或8位数字，请按证件填写")
        return IdentityNumber(number, id_type, None, None)
    raise IdentityProblem(_wrong_shape(number, id_type))


def _check_eighteen(number: str, today: date) -> IdentityNumber:
    reasons = []
    born_on = birth_on(number)
    if born_on is None:
        reasons.append("证件号码第7至14位不是真实存在的出生日期，请核对号码")
    else:
        problem = age_problem(born_on, today=today)
        if problem:
            reasons.append(problem)
    if id_check_digit(number[:17]) != number[17]:
        reasons.append("证件号码校验不通过，可能有数字写错或颠倒，请对照证件逐位核对")
    if reasons:
        raise IdentityProblem(*reasons)
    return IdentityNumber(number, _card_type(number), born_on, sex_of(number), _region_hints(number))


def _card_type(number: str) -> IdType:
    if number[0] == "9":
        return IdType.FOREIGN_RESIDENCE
    if number[:2] in ("81", "82", "83"):
        return IdType.HMT_RESIDENCE
    return IdType.RESIDENT_ID


def _region_hints(number: str) -> tuple[str, ...]:
    province = number[1:3] if number[0] == "9" else number[:2]
    if province in _PROVINCES:
        return ()
    return ("证件号码开头的地区代码查不到，如与证件一致可忽略",)


def _wrong_shape(number: str, id_type: IdType | None) -> str:
    if _OLD_FIFTEEN.fullmatch(number):
        return "15位身份证号码已停止使用，请填写18位身份证号码"
    if re.fullmatch(r"[0-9](\.[0-9]+)?E\+?[0-9]+", number):
        return "证件号码被表格软件改成了科学计数法，请把该列设为“文本”格式后重新填写完整号码"
    if id_type is IdType.FOREIGN_RESIDENCE:
        return "永久居留身份证号码应为9开头的18位号码，或3个字母加12位数字，请核对"
    if len(number) != 18:
        return f"身份证号码应为18位，现为{len(number)}位，请核对（护照等其他证件请注明证件类型）"
    return "身份证号码前17位应为数字，最后一位为数字或X，请核对"


# ---- organisations ---------------------------------------------------------------------------------------------------

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_KINDS = {
    "1": ("机构编制", {"1": "机关", "2": "事业单位", "3": "编办直管群众团体", "9": "其他"}),
    "2": ("外交", {"1": "外国常住新闻机构", "9": "其他"}),
    "3": (
        "司法行政",
        {
            "1": "律师执业机构",
            "2": "公证处",
            "3": "基层法律服务所",
            "4": "司法鉴定机构",
            "5": "仲裁委员会",
            "9": "其他",
        },
    ),
    "4": ("文化", {"1": "外国在华文化中心", "9": "其他"}),
    "5": ("民政", {"1": "社会团体", "2": "民办非企业单位", "3": "基金会", "9": "其他"}),
    "6": ("旅游", {"1": "外国旅游部门常驻代表机构", "2": "港澳台地区旅游部门常驻代表机构", "9": "其他"}),
    "7": ("宗教", {"1": "宗教活动场所", "2": "宗教院校", "9": "其他"}),
    "8": ("工会", {"1": "基层工会", "9": "其他"}),
    "9": ("市场监管", {"1": "企业", "2": "个体工商户", "3": "农民专业合作社"}),
    "A": ("中央军委改革和编制办公室", {"1": "军队事业单位", "9": "其他"}),
    "N": ("农业农村", {"1": "组级集体经济组织", "2": "村级集体经济组织", "3": "乡镇级集体经济组织", "9": "其他"}),
    "Y": ("其他", {"1": "其他"}),
}


@dataclass(frozen=True, slots=True)
class OrganisationCode:
    """A checked unified social credit code (GB 32100-2015) and what its first eight characters say."""

    number: str
    department: str
    kind: str
    region_code: str


def uscc_check_character(first_seventeen: str) -> str:
    """The 18th character of a unified social credit code."""
    total = sum(_USCC_VALUES[char] * weight for char, weight in zip(first_seventeen, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def check_uscc(text: str) -> OrganisationCode:
    """The normalised unified social credit code, or IdentityProblem.

    The registering department and its kinds are told but not enforced beyond the first character: departments have
    been added since the standard was published.
    """
    number = normalise_number(text)
    if not number:
        raise IdentityProblem("请填写统一社会信用代码")
    if len(number) != 18:
        raise IdentityProblem(f"统一社会信用代码应为18位，现为{len(number)}位，请对照营业执照或登记证书核对")
    wrong = sorted(set(number) - set(_USCC_ALPHABET))
    if wrong:
        raise IdentityProblem(
            f"统一社会信用代码中不会出现“{'”“'.join(wrong)}”，请核对是否把0、1、2、5误写为字母O、I、Z、S"
        )
    if number[17] != uscc_check_character(number[:17]):
        raise IdentityProblem("统一社会信用代码校验不通过，可能有字符写错或颠倒，请对照证照逐位核对")
    department, kinds = _USCC_KINDS.get(number[0], ("其他", {}))
    return OrganisationCode(number, department, kinds.get(number[1], "其他"), number[2:8])


# ---- names and phones ------------------------------------------------------------------------------------------------

# 民委发〔2016〕33号: the separator of minority names is U+00B7; keyboards and fonts produce all of these instead.
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•‧・･．●∙⋅·", "·"))
_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}·])\s+|\s+(?=[{_HAN}·])")
_DOT_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[.．]+(?=[{_HAN}])")
_DOTS = re.compile("·{2,}")
_SPACES = re.compile(r"\s+")
_ZERO_WIDTH = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{2,10}")
_NAME_PUNCTUATION = frozenset("·-'.’ ")


def normalise_name(text: str) -> str:
    """One spelling for a name: one middle dot, no line breaks, no spaces inside Han names, rare characters kept."""
    return text if _PLAIN_NAME.fullmatch(text) else _until_stable(_normalise_name_once, text)


def _normalise_name_once(text: str) -> str:
    name = unicodedata.normalize("NFKC", _ZERO_WIDTH.sub("", text).translate(_MIDDLE_DOTS))
    name = _DOT_BETWEEN_HAN.sub("·", name)
    name = _SPACES.sub(" ", _SPACE_BETWEEN_HAN.sub("", name)).strip()
    return _DOTS.sub("·", name)


def check_name(text: str) -> str:
    """The normalised name of a person, or IdentityProblem with every reason against it."""
    name = normalise_name(text)
    if not name:
        raise IdentityProblem("请填写姓名")
    if _PLAIN_NAME.fullmatch(name):
        return name
    reasons = []
    if len(name) > MAX_NAME_LENGTH:
        reasons.append(f"姓名最多{MAX_NAME_LENGTH}个字符，现为{len(name)}个，请核对")
    wrong = "".join(dict.fromkeys(character for character in name if not _may_be_in_name(character)))
    if any(unicodedata.category(character) == "Co" for character in wrong):
        reasons.append("姓名中有自造字，其他电脑无法显示，请用输入法重新录入该生僻字")
    elif wrong:
        reasons.append(f"姓名中不能有“{wrong[:10]}”，请只填写证件上的姓名")
    if all(character in _NAME_PUNCTUATION for character in name):
        reasons.append("姓名中没有文字，请按证件填写")
    if reasons:
        raise IdentityProblem(*reasons)
    return name


def _may_be_in_name(character: str) -> bool:
    # Planes 2 and 3 hold nothing but Han characters; Python's tables lag behind Unicode and call new ones unassigned.
    if character in _NAME_PUNCTUATION or character == "〇" or "\U00020000" <= character <= "\U0003fffd":
        return True
    return unicodedata.category(character) in ("Lo", "Lu", "Ll", "Lt", "Lm", "Mn", "Mc")


_PHONE_NOISE = re.compile(r"[\s\-‐-―()（）]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")


def check_phone(text: str) -> str | None:
    """The digits of a mainland mobile, or of a landline with its area code; None if empty, for a phone is optional."""
    number = _PHONE_NOISE.sub("", normalise_number(text)).replace("+", "")
    if not number:
        return None
    if len(number) == 13 and number.startswith("86"):
        number = number[2:]
    if _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return number
    if number.isascii() and number.isdigit() and number[0] == "1":
        raise IdentityProblem(
            f"手机号码应为11位，现为{len(number)}位，请核对" if len(number) != 11 else "手机号码号段不存在，请核对"
        )
    raise IdentityProblem("联系电话应为11位手机号码，或带区号的固定电话（如0579-82345678），请核对")


# ---- masks: the only ones in the program, so that no two pages can be joined into a whole number ---------------------


def mask_id(number: str) -> str:
    """An identity number as everybody but its owner sees it: the first three and the last two characters.

    The last four would give a number away to anyone who knows the birthday and the county.
    """
    if len(number) < 8:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def mask_phone(number: str) -> str:
    """A phone number with its middle hidden: 138****5678."""
    if len(number) < 8:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_name(name: str) -> str:
    """A name with its middle hidden, separators kept: 张*, 欧*锋, 阿***·***江."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    inner = "".join(character if character in "· " else "*" for character in name[1:-1])
    return name[0] + inner + name[-1]
