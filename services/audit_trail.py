"""Reading the audit trail (art. 21): events with who, what, when and from where, filtered."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from domain.periods import start_of_china_day
from models import Account, AuditEvent, Case, db

OUTCOMES = {"done": "成功", "refused": "被拒绝"}

# The kinds of events in words; what is not here is shown as it is stored.
ACTIONS = {
    "sign_in": "登录",
    "sign_out": "退出登录",
    "access.denied": "越权访问",
    "account.activate": "启用账号",
    "account.invite": "邀请账号",
    "account.invite_again": "重发启用链接",
    "account.technician_link": "生成激活单",
    "account.join_technician": "加入技能人才身份",
    "account.change_password": "修改密码",
    "account.reset_password": "重设密码",
    "account.change_phone": "修改登录手机号",
    "account.end_session": "退出设备",
    "account.end_membership": "移除经办人",
    "account.disable": "停用账号",
    "account.switch": "切换身份",
    "technician.reveal": "查看完整证件号码",
    "employment.agree": "本人确认劳动关系",
    "employment.refuse": "本人否认劳动关系",
    "employment.end": "办理离职",
    "staff.import": "导入花名册",
    "activity_filing.attach": "活动备案：上传附件",
    "activity_filing.detach": "活动备案：移除附件",
    "confirmation.ask_service": "志愿服务：请受益方确认时间",
    "confirmation.ask_day_log": "以工代训：请师傅确认日志",
    "day_log.record": "以工代训：记带教日志",
    "day_log.remove": "以工代训：删除带教日志",
    "result_report.open": "成绩报送：开始录入",
    "result_report.rows": "成绩报送：修改成绩",
    "result_report.import": "成绩报送：导入成绩",
    "result_report.evidence": "成绩报送：修改佐证材料",
    "result_report.hold": "成绩报送：暂缓某人成绩",
    "result_report.free": "成绩报送：恢复某人成绩",
    "result_report.confirm": "成绩报送：本人确认成绩",
    "result_report.dispute": "成绩报送：本人提出异议",
    "result_report.dispute_answer": "成绩报送：答复异议",
    "result_report.dispute_decision": "成绩报送：裁定异议",
    "result_report.warning_answer": "成绩报送：书面说明疑点",
    "status_list.import": "导入人员状态名单",
    "enrolment.person": "报名：本人报名",
    "enrolment.employer": "报名：用人单位报名",
    "enrolment.organizer": "报名：举办单位登记",
    "enrolment.consent": "报名：用人单位同意",
    "enrolment.refuse": "报名：用人单位不同意",
    "enrolment.agree": "报名：本人确认费用约定",
    "enrolment.cancel": "报名：取消",
    "enrolment.move_up": "报名：候补转正",
    "attendance.note": "考勤：登记",
    "attendance.decide": "考勤：核定在哪里",
    "attendance.check_in": "考勤：签到签退",
    "venue.give": "考勤：填写地点坐标",
    "venue.remove": "考勤：删除地点坐标",
    "discipline.record": "学习纪律：记录",
    "discipline.withdraw": "学习纪律：撤销记录",
    "base_application.attach": "基地认定：上传证明材料",
    "base_application.detach": "基地认定：移除证明材料",
    "base_application.find": "基地认定：填写审核表",
    "official_letter.write": "公文：制发",
    "official_letter.print": "公文：制成",
    "base_application.visit": "基地认定：登记核查评审",
    "base_opinion.ask": "基地认定：征求行业主管部门意见",
    "base_opinion.answer": "基地认定：行业主管部门答复",
    "base_objection.answer": "基地认定：答复公示异议",
    "base_measure.carried_out": "基地处置：执行并核对结果",
    "base_report.score": "基地年度报告：评分",
    "base_teacher.put_down": "教师库：列入教师",
    "base_teacher.end": "教师库：办理离任",
    "result_correction.open": "成绩更正：开始填写",
    "result_correction.attach": "成绩更正：上传材料",
    "result_correction.apply": "成绩更正：冲销并重新入账",
    "ledger.post": "学分入账",
    "ledger.reverse": "学分冲销",
    "proof.publish_key": "公布离线核验的公钥",
    "proof.request": "申领学分证明",
    "proof.consent": "同意单位代开学分证明",
    "proof.withdraw_consent": "不同意或撤回同意单位代开",
    "proof.ask_consent": "征求职工同意代开学分证明",
    "proof.counter": "窗口代为开具学分证明",
    "technician.ask_rename": "申请变更姓名",
    "technician.rename": "登记新姓名",
    "technician.decline_rename": "不同意变更姓名",
    "industry_authority.register": "登记行业主管部门",
    "proof.batch": "批量开具学分证明",
    "proof.batch_cancel": "停止批量开具",
    "proof.batch_resume": "继续批量开具",
    "proof.batch_download": "下载批量开具的学分证明",
    "proof.download_class": "下载一次活动的学习证明",
    "proof.share": "设置证明的公开范围",
    "proof.ask_revoke": "申请撤销学分证明",
    "proof.revoke": "撤销学分证明",
    "proof.decline_revoke": "不同意撤销学分证明",
    "archive.close": "教学档案：归档",
    "archive.add_paper": "教学档案：补充材料",
    "archive.remove_paper": "教学档案：移除补充的材料",
    "archive.hold": "教学档案：暂停销毁",
    "archive.lift": "教学档案：解除暂停销毁",
    "archive.bundle": "教学档案：生成核查包",
    "archive.download": "教学档案：下载核查包",
    "archive.hand_over": "教学档案：申请移交",
    "archive.take_over": "教学档案：接收移交",
    "archive.decline_handover": "教学档案：不接收移交",
    "archive.withdraw_handover": "教学档案：撤回移交",
    "archive.propose_disposal": "教学档案：提出销毁清单",
    "archive.approve_disposal": "教学档案：批准销毁清单",
    "archive.decline_disposal": "教学档案：不批准销毁清单",
    "archive.destroy": "教学档案：按清单销毁",
    "archive.end_disposal": "教学档案：销毁完毕",
    "archive.bundle_kept": "教学档案：核查包生成、失败或过期",
    "log.restoration": "公开日志：确认恢复较早的备份",
    "policy.adopt": "启用学分政策",
    "calendar.change": "修改工作日历",
    "calendar.announce": "公布年度工作日历",
    "demo.clock": "调整演示时钟",
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; both days are included."""

    action: str = ""
    outcome: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None


def events(filters: Filters) -> Select[Any]:
    """The rows of the events, newest first, with the account's name and the number of the case concerned."""
    query = (
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.role,
            AuditEvent.action,
            AuditEvent.object_kind,
            AuditEvent.object_id,
            AuditEvent.outcome,
            AuditEvent.ip,
            AuditEvent.details,
            Account.display_name,
            Account.login_name,
            Case.number.label("case_number"),
        )
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .outerjoin(Case, (AuditEvent.object_kind == "case") & (Case.id == AuditEvent.object_id))
        .order_by(AuditEvent.id.desc())
    )
    if filters.action:
        query = query.where(AuditEvent.action == filters.action)
    if filters.outcome in OUTCOMES:
        query = query.where(AuditEvent.outcome == filters.outcome)
    if filters.who:
        names = (Account.display_name, Account.login_name)
        query = query.where(or_(*(name.icontains(filters.who, autoescape=True) for name in names)))
    if filters.since:
        query = query.where(AuditEvent.at >= start_of_china_day(filters.since))
    if filters.until:
        query = query.where(AuditEvent.at < start_of_china_day(filters.until + timedelta(days=1)))
    return query


def actions() -> list[str]:
    """Every kind of event there is, for the filter."""
    return list(db.session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))
