"""What each kind of case puts on the officer's page: how its content is read, the piece that shows it, its wording.

Another kind plugs in by an entry here: a loader in services/, called with the case; its result is `content` in the
piece, and where it has `content_sha256` a decision names it and is refused when the content has changed since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.base_content import CONDITIONS, SECTIONS
from domain.roles import Permission
from domain.workflows import CaseKind
from models import Case
from services import (
    base_letters,  # noqa: F401 - the letters that steps cause
    base_measure_decisions,  # noqa: F401 - what the decision on a measure causes
    base_measures,
    base_objections,
    base_opinions,
    base_reports,
    base_review,
    base_visits,
    correction_posting,
    corrections,
    filing_review,
    official_letters,
    policies,
    reference,
    registrations,
    result_posting,
    result_review,
    result_risk,
    results,
)
from views.access import current_actor


@dataclass(frozen=True, kw_only=True)
class ContentPiece:
    """The part of the page that differs by kind.

    `sections` are what a point of a supplement notice may concern, as key and label; `phrases` are offered for it;
    `more` are further values for the template.
    """

    load: Callable[[Case], Any]
    template: str
    sections: dict[str, str] | Callable[[Case], dict[str, str]]
    phrases: tuple[str, ...]
    more: Callable[[Any], dict[str, Any]] = lambda _content: {}

    def sections_of(self, case: Case) -> dict[str, str]:
        """The sections of this case, where cases of the kind differ."""
        return self.sections(case) if callable(self.sections) else self.sections


def _about_results(content: result_review.Review) -> dict[str, Any]:
    """What the piece of a report shows beside its content: the risk, closed years, corrections."""
    report, actor = content.report, current_actor()
    own = report.case.region_code == actor.region_code and actor.can(Permission.RESULT_REVIEW)
    return {
        "risk": result_risk.level_of(report),
        "closed_years": result_posting.closed_years(report),
        "corrections": [each for each in corrections.of_report(report) if each.case.number],
        "may_open_filing": actor.sees_city or report.case.region_code == actor.region_code,
        "may_correct": own and report.case.state == "credited" and corrections.under_way(report) is None,
    }


def _about_correction(content: correction_posting.Impact) -> dict[str, Any]:
    """Why this officer may not decide on the correction, though the case would let him."""
    return {"conflict": correction_posting.conflict(content.correction, current_actor())}


def _about_base(content: base_review.Review) -> dict[str, Any]:
    """What the pages need to say the application in words, and the objections with names masked."""
    return {
        "conditions": CONDITIONS,
        "levels": reference.level_names(),
        "subjects": {each.key: each.label for each in policies.active_policy().subjects},
        "letters": official_letters.of_case(content.case),
        "opinions": base_opinions.of_case(content.case),
        "visits": base_visits.of_case(content.case),
        "may_visit": base_visits.may_record(content.case, current_actor()),
        "masked": [base_objections.shown(each) for each in content.objections],
    }


def _about_measure(content: base_measures.Review) -> dict[str, Any]:
    """The decision as it was written."""
    return {"letters": official_letters.of_case(content.measure.case)}


def _about_base_report(content: base_reports.Review) -> dict[str, Any]:
    """The five conditions in words, and whether this officer may score."""
    actor, report = current_actor(), content.report
    own = actor.can(Permission.BASE_REVIEW) and report.case.region_code == actor.region_code
    return {"conditions": CONDITIONS, "may_score": own}


CONTENT_PIECES: dict[CaseKind, ContentPiece] = {
    CaseKind.EMPLOYER_REGISTRATION: ContentPiece(
        load=registrations.review,
        template="bureau/cases/_registration.html",
        sections=registrations.SECTIONS,
        phrases=(
            "与上传的营业执照不一致，请按证照填写",
            "营业执照照片不清晰或不完整，请重新拍摄上传原件照片",
            "上传的不是本单位有效的证照，请上传营业执照或登记证书",
            "单位不在本地区管理，请改选单位所在的县（市、区）",
            "请填写能联系到本人的电话",
        ),
    ),
    CaseKind.ACTIVITY_FILING: ContentPiece(
        load=filing_review.review,
        template="bureau/cases/_filing.html",
        sections=filing_review.sections,
        phrases=(
            "请写明培训目的和学完应达到的水平",
            "公共科目与专业科目的划分与课程内容不符，请重新划分",
            "课次安排与培训计划附件不一致，请核对后修改",
            "请补充授课教师的职称或技能等级，并说明与授课内容的关系",
            "考核方式不明确，请写明怎样考核、多少分合格",
            "请写明工资福利待遇或费用分担的具体约定（第五条）",
            "附件不清晰或不完整，请重新上传",
            "开班日期过近，请改期",
        ),
    ),
    CaseKind.RESULT_REPORT: ContentPiece(
        load=result_review.review,
        template="bureau/cases/_results.html",
        more=_about_results,
        sections=results.SECTIONS,
        phrases=(
            "照片看不出培训现场，请补充能看到学员和授课内容的照片",
            "照片数量不足，请补充或说明原因",
            "实到学时与课次安排不一致，请核对签到记录后更正",
            "成绩与考核结果矛盾，请核对后更正",
            "名单与备案的培训对象不一致，请说明",
            "同一人员同一时段参加了其他活动，请核实",
        ),
    ),
    CaseKind.BASE_APPLICATION: ContentPiece(
        load=base_review.review,
        template="bureau/cases/_base.html",
        more=_about_base,
        sections={section.key: section.label for section in SECTIONS},
        phrases=(
            "场地、设备的证明材料不完整，请补充产权或租赁合同、设备清单和照片",
            "师资证明材料不完整，请补充教师的职称或技能等级证书",
            "教学计划和管理制度不完整，请补充",
            "收费项目或标准不明确，请写明项目、计费单位和金额",
            "申报的范围与场地、设备、师资不相适应，请调整",
            "附件不清晰或不完整，请重新上传",
        ),
    ),
    CaseKind.BASE_REPORT: ContentPiece(
        load=base_reports.review,
        template="bureau/cases/_base_report.html",
        more=_about_base_report,
        sections={},
        phrases=(),
    ),
    CaseKind.BASE_MEASURE: ContentPiece(
        load=base_measures.review,
        template="bureau/cases/_measure.html",
        more=_about_measure,
        sections={},
        phrases=(),
    ),
    CaseKind.RESULT_CORRECTION: ContentPiece(
        load=correction_posting.review,
        template="bureau/cases/_correction.html",
        more=_about_correction,
        sections={},
        phrases=(),
    ),
}
