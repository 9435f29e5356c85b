"""The main menu of each role, in the order of its daily work."""

from flask import request, url_for

from domain.roles import Actor, Role

_EMPLOYER = (
    ("待办", "work.home"),
    ("职工名册", "staff.index"),
    ("职工报名", "staff_enrolments.index"),
    ("活动备案", "filings.index"),
    ("成绩报送", "results.index"),
    ("教学档案", "archives.index"),
    ("继续教育基地", "base_applications.index"),
    ("经办人", "operators.index"),
)
_ORGANIZER = (
    ("待办", "work.home"),
    ("活动备案", "filings.index"),
    ("成绩报送", "results.index"),
    ("教学档案", "archives.index"),
    ("继续教育基地", "base_applications.index"),
    ("经办人", "operators.index"),
)
_BASE = (*_ORGANIZER[:2], ("联合举办", "joint_filings.index"), *_ORGANIZER[2:])
_BUREAU = (
    ("待办", "bureau.inbox"),
    ("全部办件", "bureau.cases"),
    ("成绩裁定", "bureau_disputes.index"),
    ("基地监管", "supervision.index"),
    ("技能人才", "register.index"),
    ("教学档案", "bureau_archives.index"),
)
_LEADER = (
    ("待办", "bureau.inbox"),
    ("全部办件", "bureau.cases"),
    ("基地监管", "supervision.index"),
    ("教学档案", "bureau_archives.index"),
)

MENU: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.TECHNICIAN: (
        ("我的学分", "record.year"),
        ("学分明细", "record.entries"),
        ("成绩确认", "own_results.index"),
        ("学分证明", "proofs.index"),
        ("我的报名", "enrolments.index"),
        ("活动日历", "activities.index"),
    ),
    Role.EMPLOYER_CLERK: _EMPLOYER,
    Role.EMPLOYER_MANAGER: _EMPLOYER,
    Role.BASE_CLERK: _BASE,
    Role.BASE_MANAGER: _BASE,
    Role.ORGANIZER_CLERK: _ORGANIZER,
    Role.ORGANIZER_MANAGER: _ORGANIZER,
    Role.INDUSTRY_ADVISER: (("征求意见", "industry_opinions.index"),),
    Role.COUNTY_OFFICER: _BUREAU,
    Role.CITY_OFFICER: (
        *_BUREAU,
        ("学分证明", "bureau_proofs.index"),
        ("人员名单", "status_lists.index"),
        ("行业主管部门", "industry_authorities.index"),
    ),
    Role.COUNTY_LEADER: _LEADER,
    Role.CITY_LEADER: (*_LEADER, ("学分证明", "bureau_proofs.index")),
    Role.CENTER_STAFF: (
        ("平台运行", "operations.home"),
        ("基地公布", "center_bases.index"),
        ("工作日历", "calendar.index"),
        ("行业主管部门", "industry_authorities.index"),
        ("证明复算", "proof_checks.index"),
    ),
    Role.AUDITOR: (*_BUREAU, ("操作日志", "audit.index"), ("证明复算", "proof_checks.index")),
}


def home_of(actor: Actor) -> str:
    """The address an account starts at after signing in: its first menu entry."""
    return url_for(MENU[actor.role][0][1])


def menu(actor: Actor | None) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is the present page's section) for the menu of the header."""
    if actor is None:
        return []
    entries = MENU[actor.role]
    endpoints = [endpoint for _, endpoint in entries]
    # A page that is no entry itself belongs to the last entry of its section: a case to all cases, not to the inbox.
    # staff_import and staff_activation belong to the section staff, where no entry has their own name.
    blueprint = request.blueprint or ""
    section = [endpoint for endpoint in endpoints if endpoint.split(".")[0] == blueprint] or [
        endpoint for endpoint in endpoints if blueprint.startswith(f"{endpoint.split('.')[0]}_")
    ]
    present = request.endpoint if request.endpoint in endpoints else section[-1] if section else None
    return [(label, url_for(endpoint), endpoint == present) for label, endpoint in entries]
