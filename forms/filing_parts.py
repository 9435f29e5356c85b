"""The pages of the parts that only some filings have: what they ask and in which words."""

from collections.abc import Mapping
from typing import Any, cast

from wtforms import BooleanField, FieldList, FormField, RadioField, SelectField, StringField, TextAreaField, widgets
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired

from domain.filing_parts import EventKind, Level
from forms.filings import RowsForm, SectionForm

_NEEDED = [InputRequired()]  # only for the mark at the label: the values are read in domain/filing_part_parse.py
JUDGE_ROLES = [("judge", "裁判员"), ("chief", "裁判长")]


class PartnerForm(SectionForm):
    mode = RadioField(
        "举办方式",
        _NEEDED,
        choices={"own": "本单位自行举办", "joint": "与继续教育基地联合举办"},
        validate_choice=False,
    )
    organization = SelectField(
        "联合举办的基地", validate_choice=False, description="提交后由该基地在网上核对全部内容并确认，确认后才进入审核"
    )
    duties = TextAreaField("双方分工", description="例如：本单位组织学员、提供场地；基地提供师资、负责考核")

    @classmethod
    def of(cls, values: Mapping[str, Any], **choices: list[tuple[str, str]]) -> "PartnerForm":
        form = cls(formdata=None, data=dict(values))
        cast(Any, form).organization.choices = [("", "请选择"), *choices.get("organization", [])]
        return form


class CompetitionForm(SectionForm):
    kind = RadioField(
        "活动类别", _NEEDED, choices={kind.value: kind.label for kind in EventKind}, validate_choice=False
    )
    level = RadioField("级别", _NEEDED, choices={level.value: level.label for level in Level}, validate_choice=False)
    host = StringField("主办单位", _NEEDED, description="与举办通知上的一致；多个单位用顿号分开")
    basis = TextAreaField("举办依据", _NEEDED, description="文件名称和文号，或年度计划，例如：永人社发〔2026〕12号")


class EventRow(PlainForm):
    name = StringField("项目名称", _NEEDED)
    occupation = StringField("职业（工种）", _NEEDED)
    standard = StringField("比赛标准", _NEEDED)


class JudgeRow(PlainForm):
    name = StringField("姓名", _NEEDED)
    unit = StringField("工作单位", _NEEDED)
    credential = StringField("裁判证书或职称", _NEEDED)
    role = SelectField("职责", _NEEDED, validate_choice=False)


class AwardRow(PlainForm):
    rank = StringField("名次或奖项", _NEEDED)
    places = StringField("每个项目几人", _NEEDED)
    credits = StringField("每人学分", _NEEDED)


class PeriodRow(PlainForm):
    month = StringField("月份", _NEEDED, widget=widgets.MonthInput())
    content = StringField("学习内容", _NEEDED)
    goal = StringField("学会什么", _NEEDED)


class EventsForm(RowsForm):
    rows = FieldList(FormField(EventRow))


class JudgesForm(RowsForm):
    rows = FieldList(FormField(JudgeRow))


class AwardsForm(RowsForm):
    rows = FieldList(FormField(AwardRow))


class PeriodsForm(RowsForm):
    rows = FieldList(FormField(PeriodRow))


class WorkTrainingForm(SectionForm):
    post = StringField("带教岗位", _NEEDED, description="例如：数控车床操作")
    tasks = TextAreaField("岗位工作任务", _NEEDED, description="在这个岗位上做什么、用什么设备")
    starts = StringField("开始月份", _NEEDED, widget=widgets.MonthInput())
    ends = StringField("结束月份", _NEEDED, widget=widgets.MonthInput())


class ServiceForm(SectionForm):
    beneficiary = StringField("受益单位", _NEEDED, description="被服务的社区、学校、企业等，写全称")
    contact = StringField("联系人", _NEEDED)
    phone = StringField("联系电话", _NEEDED)
    email = StringField("电子邮箱", _NEEDED, description="服务结束后，确认时间的链接发到这里")
    work = TextAreaField("服务内容", _NEEDED, description="用什么技能、做什么，例如：为社区居民免费检修家用电器和线路")


class OtherForm(SectionForm):
    description = TextAreaField("怎样学", _NEEDED, description="学习的内容、形式和过程")
    reason = TextAreaField("为什么属于继续教育", _NEEDED, description="与哪些新理论、新知识、新技术、新工艺有关")
    counting = TextAreaField(
        "学时怎样计算", _NEEDED, description="按什么计、用什么证明，例如：按集中研讨的实际时间，以签到和记录为证"
    )


class FeesForm(SectionForm):
    cost = StringField("预计总费用（元）", _NEEDED)
    public_benefit = BooleanField("公益性活动，不向学员收费")
    per_person = StringField("向每位学员收取（元）", _NEEDED, description="不收费填 0")
    state = StringField("财政资金（元）")
    unit = StringField("单位出资（元）")
    person = StringField("个人缴费合计（元）")
    sponsor = StringField("社会资助（元）")
    sponsor_name = StringField("资助单位或个人")
    commissioned = BooleanField("受人力社保部门或行业主管部门委托举办")
    commissioned_by = StringField("委托部门")
    selection = StringField("遴选方式和日期", description="例如：公开招标，2026年3月12日")
    contract = StringField("政府采购合同编号")


PART_FORMS: dict[str, type[SectionForm]] = {
    "partner": PartnerForm,
    "competition": CompetitionForm,
    "events": EventsForm,
    "judges": JudgesForm,
    "awards": AwardsForm,
    "work_training": WorkTrainingForm,
    "periods": PeriodsForm,
    "service": ServiceForm,
    "other": OtherForm,
    "fees": FeesForm,
}
