"""The rows of a staff list: a person and one skill certificate each, as a clerk writes them down (art. 18)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.cells import EARLIEST, UnreadableCell, read_date
from domain.identity import (
    IdentityNumber,
    IdentityProblem,
    IdType,
    Sex,
    age_on,
    check_id_number,
    check_name,
    check_phone,
    normalise_number,
    sex_matches,
)
from domain.skills import (
    CertificateKind,
    Occupation,
    certificate_kind,
    certificate_number_hints,
    find_occupation,
    level_rank,
    normalise_term,
)
from domain.tables import CheckedTable, Column, Row, Sheet, Table, check_table

# Who is younger when the certificate is issued is shown as a doubt: the working age of the labour law.
_WORKING_AGE = 16
_MAX_TERM = 64
# An integer beyond this has lost its last digits in the spreadsheet.
_EXACT_DIGITS = 15
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+")

NAME = Column(
    "name",
    "姓名",
    ("职工姓名", "员工姓名", "学员姓名", "人员姓名", "技能人才姓名", "考生姓名", "参训人员姓名", "名字"),
    required=True,
    pattern=r"(?!.*(联系人|负责人|经办|填表|法人|教师|老师|紧急)).*姓名",
)
ID_TYPE = Column("id_type", "证件类型", ("身份证件类型", "证件类别", "证件种类", "有效证件类型"))
ID_NUMBER = Column(
    "id_number",
    "身份证号",
    (
        *(
            "身份证号码",
            "公民身份号码",
            "居民身份证号码",
            "居民身份证号",
            "身份证",
            "证件号码",
            "证件号",
            "身份证件号码",
        ),
        *("身份号码", "有效证件号码", "证件编号", "身份证编号"),
    ),
    required=True,
    pattern=r"(?!.*(类型|类别|种类|地址|有效期|复印件)).*(身份证|身份号|证件号).*",
)
OCCUPATION = Column(
    "occupation",
    "职业（工种）",
    (
        *("职业工种", "工种", "职业名称", "职业", "职业工种名称", "工种名称", "从事工种", "鉴定工种", "证书工种"),
        *("技能工种", "工种职业", "职业及工种", "职业和工种", "职业方向", "申报职业"),
    ),
    pattern=r"(?!.*(编号|证号)).*(工种|职业名称)",
)

STAFF = Table(
    "staff",
    "技能人才花名册",
    (
        NAME,
        Column("sex", "性别"),
        ID_TYPE,
        ID_NUMBER,
        Column(
            "phone",
            "手机号码",
            ("手机号", "手机", "联系电话", "电话", "电话号码", "联系方式", "本人电话", "移动电话"),
            pattern=r"(?!.*(单位|企业|公司|紧急|负责|联系人|经办)).*(手机|电话|联系方式).*",
        ),
        Column(
            "insurance_number",
            "社保编号",
            ("社会保障号码", "社会保障号", "社保号", "社保卡号", "社保", "社保账号", "参保编号"),
            pattern=r".*(社保|社会保[险障]).*(号|号码)",
        ),
        OCCUPATION,
        Column(
            "level",
            "技能等级",
            ("等级", "级别", "职业技能等级", "职业资格等级", "证书等级", "技能级别", "评价等级", "等级名称"),
            pattern=r"(?!.*(类别|类型|编号|证号|日期|时间|职称|岗位)).*(等级|级别)",
        ),
        Column(
            "certificate_kind",
            "证书类别",
            ("证书类型", "证书种类", "证书名称", "评价类别", "证书性质"),
            required=True,
            pattern=r".*证书?(类别|类型|种类|名称)",
        ),
        Column(
            "certificate_number",
            "证书编号",
            ("证书号", "证书号码", "证号", "资格证书编号", "技能证书编号", "职业资格证书编号", "职业技能等级证书编号"),
            required=True,
            pattern=r"(?!.*身份).*证书?.*(编号|号码|号)",
        ),
        Column(
            "issued_on",
            "发证日期",
            ("发证时间", "颁证日期", "颁发日期", "证书日期"),
            required=True,
            pattern=r".*([发颁取获领].?证|证书.?(取得|获得|发放)|[颁核签]发|批准).*(日期|时间|年月日)",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A person and one certificate, checked. `level` is the rank (0 without a level), sex is known from the number."""

    name: str
    sex: Sex | None
    id_type: IdType
    id_number: str
    born_on: date | None
    phone: str | None
    insurance_number: str | None
    occupation: str
    occupation_code: str | None
    level: int
    certificate_kind: CertificateKind
    certificate_number: str
    issued_on: date


_SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "男性": Sex.MALE, "女性": Sex.FEMALE, "m": Sex.MALE, "f": Sex.FEMALE}
_SEXES |= {"1": Sex.MALE, "2": Sex.FEMALE, "male": Sex.MALE, "female": Sex.FEMALE}
_ID_TYPES = {
    normalise_term(written): id_type
    for id_type, spellings in {
        IdType.RESIDENT_ID: ("居民身份证", "身份证", "二代身份证", "第二代居民身份证", "中国居民身份证"),
        IdType.HMT_RESIDENCE: ("港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "居住证"),
        IdType.FOREIGN_RESIDENCE: ("外国人永久居留身份证", "外国人永久居留证", "永久居留身份证", "永居证"),
        IdType.HMT_PERMIT: (
            *("港澳台居民来往内地（大陆）通行证", "港澳居民来往内地通行证", "台湾居民来往大陆通行证"),
            *("回乡证", "台胞证", "通行证"),
        ),
        IdType.PASSPORT: ("护照", "外国护照", "中国护照"),
    }.items()
    for written in spellings
}


@dataclass
class _Seen:
    """What the accepted rows before this one hold, to find the same person or certificate twice."""

    names: dict[str, tuple[str, int]] = field(default_factory=dict)
    certificates: dict[str, tuple[str, int]] = field(default_factory=dict)


def check_staff(
    sheet: Sheet, *, today: date, levels: Mapping[str, int], occupations: Mapping[str, Occupation]
) -> CheckedTable[StaffRow]:
    """Check a staff list. `levels` and `occupations` are the spellings of the reference data.

    A person may have several rows with different certificates; a second row for the same certificate, or with another
    name for the same number, is refused and names the row it contradicts. Raises TableProblem.
    """
    seen = _Seen()

    def parse(row: Row) -> StaffRow | None:
        name = read_name(row)
        identity = read_identity(row, today)
        sex = _read_sex(row, identity)
        phone = _read_phone(row)
        insurance_number = _read_code(row, "insurance_number")
        occupation, occupation_code = read_occupation(row, occupations, required=True)
        kind = _read_kind(row)
        level = _read_level(row, kind, levels)
        number = _read_code(row, "certificate_number", required=True)
        issued_on = _read_issued_on(row, identity, today)
        if row.problems or identity is None or kind is None or level is None or not number or issued_on is None:
            return None
        row.doubt("certificate_number", *certificate_number_hints(number, level=level, issued_on=issued_on))
        _refuse_repetition(row, name, identity.number, number, seen)
        return StaffRow(
            name=name,
            sex=identity.sex or sex,
            id_type=identity.id_type,
            id_number=identity.number,
            born_on=identity.birth_on,
            phone=phone,
            insurance_number=insurance_number or None,
            occupation=occupation,
            occupation_code=occupation_code,
            level=level,
            certificate_kind=kind,
            certificate_number=number,
            issued_on=issued_on,
        )

    return check_table(sheet, STAFF, parse)


def _refuse_repetition(row: Row, name: str, id_number: str, certificate_number: str, seen: _Seen) -> None:
    namesake = seen.names.get(id_number)
    if namesake and namesake[0] != name:
        row.refuse("name", f"与第{namesake[1]}行证件号码相同但姓名不同，请核对哪一行有误")
    holder = seen.certificates.get(certificate_number)
    if holder and holder[0] == id_number:
        row.refuse("certificate_number", f"与第{holder[1]}行重复：同一人的同一证书，请删除其中一行")
    elif holder:
        row.refuse("certificate_number", f"与第{holder[1]}行他人的证书编号相同，请核对")
    if not row.problems:
        seen.names.setdefault(id_number, (name, row.excel_row))
        seen.certificates[certificate_number] = (id_number, row.excel_row)


# ---- cells shared with the results -----------------------------------------------------------------------------------


def read_name(row: Row) -> str:
    text = row.text("name")
    if text is None:
        return ""
    try:
        return check_name(text)
    except IdentityProblem as problem:
        row.refuse("name", *problem.reasons)
        return ""


def read_identity(row: Row, today: date) -> IdentityNumber | None:
    text = row.text("id_number")
    if text is None:
        return None
    raw = row.raw("id_number")
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        row.refuse(
            "id_number", "证件号码是数字格式，末几位已被表格软件改变，请先把该列设为“文本”格式再重新填写完整号码"
        )
        return None
    id_type = None
    stated = row.text("id_type")
    if stated:
        id_type = _ID_TYPES.get(normalise_term(stated))
        if id_type is None:
            row.refuse(
                "id_type", "证件类型无法识别，请填写居民身份证、港澳台居民居住证、外国人永久居留身份证、通行证或护照"
            )
            return None
    try:
        identity = check_id_number(text, today=today, id_type=id_type)
    except IdentityProblem as problem:
        row.refuse("id_number", *problem.reasons)
        return None
    row.doubt("id_number", *identity.hints)
    return identity


def read_occupation(row: Row, occupations: Mapping[str, Occupation], *, required: bool) -> tuple[str, str | None]:
    """The occupation as written and its code; an unknown one is a doubt only."""
    text = row.text("occupation")
    if text is None:
        return "", None
    written = "".join(text.split())
    if not written:
        if required:
            row.refuse("occupation", "请填写职业（工种）")
        return "", None
    if len(written) > _MAX_TERM:
        row.refuse("occupation", f"职业（工种）最多{_MAX_TERM}个字，请填写证书上的名称")
        return "", None
    occupation = find_occupation(written, occupations)
    if occupation is None:
        row.doubt("occupation", "职业（工种）不在目录中，将按填写的名称登记，请核对是否与证书一致")
        return written, None
    return written, occupation.code


# ---- cells of the staff list -----------------------------------------------------------------------------------------


def _read_sex(row: Row, identity: IdentityNumber | None) -> Sex | None:
    text = row.text("sex")
    if not text:
        if text == "" and identity is not None and identity.sex is None:
            row.refuse("sex", "证件号码中没有性别，请填写男或女")
        return None
    sex = _SEXES.get(text) or _SEXES.get(text.lower())
    if sex is None:
        row.refuse("sex", "性别请填写男或女")
    elif identity is not None and not sex_matches(sex, identity):
        row.refuse("sex", "性别与身份证号码不符，请核对性别和号码")
    return sex


def _read_phone(row: Row) -> str | None:
    text = row.text("phone")
    if not text:
        return None
    try:
        return check_phone(text)
    except IdentityProblem as problem:
        row.refuse("phone", *problem.reasons)
        return None


def _read_code(row: Row, key: str, *, required: bool = False) -> str:
    text = row.text(key)
    if text is None:
        return ""
    if not text:
        if required:
            row.refuse(key, f"请填写{STAFF.label(key)}")
        return ""
    raw = row.raw(key)
    if not isinstance(raw, str) and not (text.isdigit() and len(text) <= _EXACT_DIGITS):
        row.refuse(key, f"{STAFF.label(key)}是数字格式，末几位可能已被表格软件改变，请先把该列设为“文本”格式再重新填写")
        return ""
    code = normalise_number(text)
    if _SCIENTIFIC.fullmatch(code):
        row.refuse(key, f"{STAFF.label(key)}被表格软件改成了科学计数法，请先把该列设为“文本”格式再重新填写")
        return ""
    if len(code) > _MAX_TERM:
        row.refuse(key, f"{STAFF.label(key)}最多{_MAX_TERM}个字符，请核对")
        return ""
    return code


def _read_kind(row: Row) -> CertificateKind | None:
    text = row.text("certificate_kind")
    if text is None:
        return None
    kind = certificate_kind(text)
    if kind is None:
        names = "、".join(kind.label for kind in CertificateKind)
        row.refuse("certificate_kind", f"{'证书类别无法识别，' if text else ''}请填写{names}之一")
    return kind


def _read_level(row: Row, kind: CertificateKind | None, levels: Mapping[str, int]) -> int | None:
    text = row.text("level")
    if text is None:
        return None
    if not text:
        if kind is CertificateKind.SPECIAL_ABILITY:
            return 0
        if kind is not None:
            row.refuse("level", "请填写技能等级（只有专项职业能力证书可以不填）")
        return None
    rank = level_rank(text, levels)
    if rank is None:
        row.refuse("level", f"技能等级“{text[:20]}”无法识别，请填写如“三级/高级工”")
    elif kind is CertificateKind.SPECIAL_ABILITY and rank:
        row.doubt("level", "专项职业能力证书不分等级，填写的等级未采用")
        return 0
    elif rank == 0 and kind is not None and kind is not CertificateKind.SPECIAL_ABILITY:
        row.refuse("level", "请填写技能等级（只有专项职业能力证书可以不填）")
    return rank


def _read_issued_on(row: Row, identity: IdentityNumber | None, today: date) -> date | None:
    text = row.text("issued_on")
    if text is None:
        return None
    if not text:
        row.refuse("issued_on", "请填写发证日期")
        return None
    try:
        issued_on = read_date(row.raw("issued_on"))
    except UnreadableCell as problem:
        row.refuse("issued_on", problem.message)
        return None
    if issued_on > today:
        row.refuse("issued_on", f"发证日期{issued_on}晚于今天，请核对")
    elif issued_on < EARLIEST:
        row.refuse("issued_on", f"发证日期{issued_on}早于{EARLIEST.year}年，请核对")
    elif identity is not None and identity.birth_on and age_on(identity.birth_on, issued_on) < _WORKING_AGE:
        row.doubt("issued_on", f"发证时未满{_WORKING_AGE}周岁，请核对发证日期")
    return issued_on
