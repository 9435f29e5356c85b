"""The pages of a base application, the review sheet, objections and answers; what is right is decided in domain/."""

from collections.abc import Mapping
from typing import Any, cast

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from domain.base_content import CONDITION_OF, CONDITIONS, BaseLevel, FeeUnit, InstitutionKind
from domain.errors import RuleError
from domain.filing_content import Employment
from domain.identity import check_phone
from forms.filings import SectionForm
from forms.form import Form
from forms.validators import Checked, person_name, stripped

_NEEDED = [InputRequired()]  # only for the mark at the label: the values are read in domain/base_parse.py


class BasicsForm(SectionForm):
    level = RadioField(
        "申请级别",
        _NEEDED,
        choices={
            BaseLevel.COUNTY.value: "县级：由所在县（市、区）人力社保局认定",
            BaseLevel.CITY.value: "市级：由市人力社保局认定",
        },
        validate_choice=False,
    )
    kind = SelectField(
        "机构类型", _NEEDED, choices={"": "请选择"} | {each.value: each.label for each in InstitutionKind},
        validate_choice=False,
    )  # fmt: skip
    place = StringField("培训地址", _NEEDED, description="写到楼栋，将向社会公开")
    phone = StringField("咨询电话", _NEEDED, description="将向社会公开，供技能人才咨询报名")
    contents = TextAreaField("教学内容", _NEEDED, description="开设哪些课程、教什么，将向社会公开")


class ConditionForm(SectionForm):
    text = TextAreaField("本单位的情况说明", _NEEDED)


class ScopeRow(PlainForm):
    occupation = StringField("职业（工种）", _NEEDED)
    lowest = SelectField("最低等级", _NEEDED, validate_choice=False)
    highest = SelectField("最高等级", _NEEDED, validate_choice=False)


class TeacherRow(PlainForm):
    name = StringField("姓名", _NEEDED)
    employment = SelectField("专职/兼职", _NEEDED, validate_choice=False)
    title = StringField("职称或技能等级", _NEEDED)
    credentials = StringField("证书名称和编号", _NEEDED)
    field = StringField("任教方向", _NEEDED)


class FeeRow(PlainForm):
    item = StringField("收费项目", _NEEDED)
    occupation = StringField("职业（工种）")
    unit = SelectField("计费单位", _NEEDED, validate_choice=False)
    amount = StringField("标准（元）", _NEEDED)


class RowsForm(SectionForm):
    """A section with rows, and what stands above them."""

    @classmethod
    def of(cls, values: Mapping[str, Any], **choices: list[tuple[str, str]]) -> "RowsForm":
        form = cls(formdata=None, data={**values, "rows": list(values.get("rows", [])) or [{}]})
        for entry in cast(Any, form).rows:
            for name, options in choices.items():
                if name in entry.form:
                    entry.form[name].choices = {"": "请选择"} | dict(options)
        return form


class ScopeForm(RowsForm):
    subjects = SelectMultipleField(
        "承担的科目",
        _NEEDED,
        validate_choice=False,
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    rows = FieldList(FormField(ScopeRow))

    @classmethod
    def of(cls, values: Mapping[str, Any], **choices: list[tuple[str, str]]) -> "RowsForm":
        subjects = choices.pop("subjects", [])
        form = super().of(values, **choices)
        cast(Any, form).subjects.choices = dict(subjects)
        return form


class TeachersForm(RowsForm):
    rows = FieldList(FormField(TeacherRow))


class FeesForm(RowsForm):
    free = BooleanField("不向学员收费", false_values=(False, "false", "", None))
    rows = FieldList(FormField(FeeRow))


class DeclarationForm(SectionForm):
    agreed = BooleanField("本单位已阅读并作出以上承诺", false_values=(False, "false", "", None))
    signer = StringField("法定代表人或负责人姓名", _NEEDED)


SECTION_FORMS: dict[str, type[SectionForm]] = {
    "basics": BasicsForm,
    **dict.fromkeys(CONDITION_OF, ConditionForm),
    "scope": ScopeForm,
    "teachers": TeachersForm,
    "fees": FeesForm,
    "declaration": DeclarationForm,
}
EMPLOYMENTS = [(each.value, each.label) for each in Employment]
UNITS = [(each.value, each.label) for each in FeeUnit]


class EvidenceForm(Form):
    """Adding a file of evidence to a condition."""

    file = FileField("选择文件", validators=[FileRequired("请选择要上传的文件")])


class FindingRow(PlainForm):
    """What a reviewer found of one condition."""

    met = RadioField("结论", choices={"yes": "符合", "no": "不符合"}, validators=[DataRequired("请选择符合或不符合")])
    remark = TextAreaField(
        "核查情况（不符合的必须写明理由）",
        filters=[stripped],
        validators=[Optional(), Length(max=1000, message="最多1000个字，请精简")],
    )

    def validate_met(self, field: RadioField) -> None:
        if field.data == "no" and not (self.remark.data or ""):
            raise ValidationError("认为不符合的，请写明理由")


class SheetForm(Form):
    """The review sheet: a finding for each of these conditions of art. 9."""

    findings = FieldList(FormField(FindingRow), max_entries=len(CONDITIONS))

    def __init__(self, *args: Any, conditions: tuple[int, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conditions = conditions
        while len(self.findings) < len(conditions):
            self.findings.append_entry()
        while len(self.findings) > len(conditions):
            self.findings.pop_entry()

    def stated(self) -> dict[int, tuple[bool, str]]:
        """Whether each condition is met, and what was written to it."""
        return {
            number: (entry.form.met.data == "yes", entry.form.remark.data or "")
            for number, entry in zip(self.conditions, self.findings, strict=True)
        }


def _contact(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    if "@" in text:
        name, _, host = text.partition("@")
        if not name or "." not in host or " " in text:
            raise RuleError("电子邮箱应为 name@example.com 的样子，请核对")
        return text
    return check_phone(text) or ""


class ObjectionForm(Form):
    """What anybody says against a base on public notice."""

    name = StringField("您的姓名", validators=[person_name], description="只用于核实，经办人员看到的是隐去中间字的姓名")
    contact = StringField(
        "手机号码或电子邮箱（选填）",
        validators=[Length(max=100, message="最多100个字"), Checked(_contact, required=False)],
        description="填写电子邮箱的，核实结果会发到邮箱",
    )
    content = TextAreaField(
        "异议内容",
        filters=[stripped],
        validators=[
            DataRequired("请写明对哪一方面有异议、依据是什么"),
            Length(min=5, max=2000, message="请写 5 到 2000 个字"),
        ],
        description="写明事实和依据，便于核实",
    )


class AnswerForm(Form):
    """The bureau's answer to an objection."""

    upheld = RadioField(
        "核实结论",
        choices={"no": "异议不成立", "yes": "异议成立"},
        validators=[DataRequired("请选择核实结论")],
    )
    answer = TextAreaField(
        "答复",
        filters=[stripped],
        validators=[DataRequired("请写明核实情况和依据"), Length(max=2000, message="最多2000个字，请精简")],
    )
