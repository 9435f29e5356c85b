"""Who may do what: roles, permissions, the one table of grants, and the actor every act is done by."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """In which capacity an account acts. Values are stored."""

    TECHNICIAN = "technician"
    EMPLOYER_CLERK = "employer_clerk"
    EMPLOYER_MANAGER = "employer_manager"
    BASE_CLERK = "base_clerk"
    BASE_MANAGER = "base_manager"
    ORGANIZER_CLERK = "organizer_clerk"
    ORGANIZER_MANAGER = "organizer_manager"
    INDUSTRY_ADVISER = "industry_adviser"
    COUNTY_OFFICER = "county_officer"
    CITY_OFFICER = "city_officer"
    COUNTY_LEADER = "county_leader"
    CITY_LEADER = "city_leader"
    CENTER_STAFF = "center_staff"
    AUDITOR = "auditor"
    APPLICANT = "applicant"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.TECHNICIAN: "技能人才",
    Role.EMPLOYER_CLERK: "用人单位经办人",
    Role.EMPLOYER_MANAGER: "用人单位审核人",
    Role.BASE_CLERK: "继续教育基地经办人",
    Role.BASE_MANAGER: "继续教育基地审核人",
    Role.ORGANIZER_CLERK: "其他举办单位经办人",
    Role.ORGANIZER_MANAGER: "其他举办单位审核人",
    Role.INDUSTRY_ADVISER: "行业主管部门",
    Role.COUNTY_OFFICER: "县（市、区）人力社保局经办人",
    Role.CITY_OFFICER: "市人力社保局经办人",
    Role.COUNTY_LEADER: "县（市、区）人力社保局负责人",
    Role.CITY_LEADER: "市人力社保局负责人",
    Role.CENTER_STAFF: "市职业技能管理服务中心",
    Role.AUDITOR: "审计监督",
    Role.APPLICANT: "申请人",
    Role.SYSTEM: "系统",
}


class Permission(StrEnum):
    """One right. A view declares one; a transition names the one its actor needs."""

    OWN_RECORD = "own_record"
    STAFF_READ = "staff_read"
    STAFF_WRITE = "staff_write"
    OPERATOR_MANAGE = "operator_manage"
    FILING_READ = "filing_read"
    FILING_WRITE = "filing_write"
    RESULT_WRITE = "result_write"
    RESULT_RELEASE = "result_release"
    REGISTRATION_WRITE = "registration_write"
    CASE_READ = "case_read"
    REGISTRATION_REVIEW = "registration_review"
    FILING_REVIEW = "filing_review"
    RESULT_REVIEW = "result_review"
    STATUS_LIST_WRITE = "status_list_write"
    BASE_APPLY = "base_apply"
    BASE_REVIEW = "base_review"
    BASE_DECIDE = "base_decide"
    BASE_PUBLISH = "base_publish"
    BASE_ADVISE = "base_advise"
    REGISTER_READ = "register_read"
    ACCOUNT_RECOVER = "account_recover"
    CREDIT_REVERSE = "credit_reverse"
    PROOF_ISSUE = "proof_issue"
    PROOF_REVOKE = "proof_revoke"
    AUTHORITY_APPOINT = "authority_appoint"
    PROOF_CHECK = "proof_check"
    OPERATIONS_READ = "operations_read"
    LOG_RESTORE = "log_restore"
    CALENDAR_WRITE = "calendar_write"
    AUDIT_READ = "audit_read"
    ARCHIVE_HOLD = "archive_hold"
    ARCHIVE_DISPOSE = "archive_dispose"
    ARCHIVE_DECIDE = "archive_decide"
    SYSTEM_ACT = "system_act"


_P = Permission
_ORGANIZER = frozenset({_P.OPERATOR_MANAGE, _P.FILING_READ})
_ORGANIZER_CLERK = _ORGANIZER | {_P.FILING_WRITE, _P.RESULT_WRITE, _P.BASE_APPLY}
_ORGANIZER_MANAGER = _ORGANIZER | {_P.RESULT_RELEASE}
_EMPLOYER = frozenset({_P.STAFF_READ})
_BUREAU_READ = frozenset({_P.CASE_READ, _P.REGISTER_READ})
_BUREAU = _BUREAU_READ | {
    _P.REGISTRATION_REVIEW,
    _P.FILING_REVIEW,
    _P.RESULT_REVIEW,
    _P.BASE_REVIEW,
    _P.CREDIT_REVERSE,
    _P.ACCOUNT_RECOVER,
    _P.PROOF_ISSUE,
    _P.ARCHIVE_HOLD,
    _P.ARCHIVE_DISPOSE,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.TECHNICIAN: frozenset({_P.OWN_RECORD}),
    Role.EMPLOYER_CLERK: _ORGANIZER_CLERK | _EMPLOYER | {_P.STAFF_WRITE},
    Role.EMPLOYER_MANAGER: _ORGANIZER_MANAGER | _EMPLOYER,
    Role.BASE_CLERK: _ORGANIZER_CLERK,
    Role.BASE_MANAGER: _ORGANIZER_MANAGER,
    Role.ORGANIZER_CLERK: _ORGANIZER_CLERK,
    Role.ORGANIZER_MANAGER: _ORGANIZER_MANAGER,
    Role.INDUSTRY_ADVISER: frozenset({_P.BASE_ADVISE}),
    Role.COUNTY_OFFICER: _BUREAU,
    Role.CITY_OFFICER: _BUREAU | {_P.PROOF_REVOKE, _P.STATUS_LIST_WRITE, _P.AUTHORITY_APPOINT},
    Role.COUNTY_LEADER: frozenset({_P.CASE_READ, _P.BASE_DECIDE, _P.ARCHIVE_DECIDE}),
    Role.CITY_LEADER: frozenset({_P.CASE_READ, _P.BASE_DECIDE, _P.ARCHIVE_DECIDE, _P.PROOF_REVOKE, _P.LOG_RESTORE}),
    Role.CENTER_STAFF: frozenset(
        {
            _P.OPERATIONS_READ,
            _P.CALENDAR_WRITE,
            _P.BASE_PUBLISH,
            _P.LOG_RESTORE,
            _P.AUTHORITY_APPOINT,
            _P.PROOF_CHECK,
        }
    ),
    Role.AUDITOR: _BUREAU_READ | {_P.AUDIT_READ, _P.ARCHIVE_HOLD, _P.PROOF_CHECK},
    Role.APPLICANT: frozenset({_P.REGISTRATION_WRITE}),
    Role.SYSTEM: frozenset({_P.SYSTEM_ACT}),
}

CLERKS = frozenset({Role.EMPLOYER_CLERK, Role.BASE_CLERK, Role.ORGANIZER_CLERK})
MANAGERS = frozenset({Role.EMPLOYER_MANAGER, Role.BASE_MANAGER, Role.ORGANIZER_MANAGER})
ORGANIZATION_ROLES = CLERKS | MANAGERS | {Role.INDUSTRY_ADVISER}
LEADERS = frozenset({Role.COUNTY_LEADER, Role.CITY_LEADER})
REGION_ROLES = LEADERS | {Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.CENTER_STAFF, Role.AUDITOR}

# The city's code; the roles of the whole city carry it as their region.
CITY = "330700"


def can(role: Role, permission: Permission) -> bool:
    """Whether the table grants the permission to the role."""
    return permission in GRANTS[role]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the account, the membership it acts under, and the scope that membership gives.

    `person_key` is the natural person (the keyed hash of the ID number): separation of duties looks at persons.
    """

    role: Role
    name: str
    account_id: int | None = None
    membership_id: int | None = None
    organization_id: int | None = None
    region_code: str | None = None
    technician_id: int | None = None
    case_id: int | None = None
    person_key: str | None = None

    def can(self, permission: Permission) -> bool:
        return can(self.role, permission)

    @property
    def sees_city(self) -> bool:
        """Whether the actor's region is the whole city (art. 6: the city manages all, a county its own)."""
        return self.region_code == CITY


SYSTEM = Actor(role=Role.SYSTEM, name="系统")
