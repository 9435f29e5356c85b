"""Every kind of case (办件) as one table of transitions; what is not in a table is refused.

Buttons, guards, deadlines, timelines, inboxes, notices and tests read these tables.
"""

from domain.base_measure_workflow import MEASURE
from domain.base_report_workflow import REPORT
from domain.base_workflow import BASE
from domain.correction_workflow import CORRECTION
from domain.filing_workflow import FILING
from domain.registration_workflow import REGISTRATION
from domain.result_workflow import RESULTS
from domain.roles import Permission
from domain.workflow import CaseKind, Clock, Side, State, Transition, Workflow

__all__ = ["REVIEWS", "WORKFLOWS", "CaseKind", "Clock", "Side", "State", "Transition", "Workflow"]

WORKFLOWS: dict[CaseKind, Workflow] = {
    workflow.kind: workflow for workflow in (REGISTRATION, FILING, RESULTS, CORRECTION, BASE, MEASURE, REPORT)
}
REVIEWS: dict[CaseKind, Permission] = {
    CaseKind.EMPLOYER_REGISTRATION: Permission.REGISTRATION_REVIEW,
    CaseKind.ACTIVITY_FILING: Permission.FILING_REVIEW,
    CaseKind.RESULT_REPORT: Permission.RESULT_REVIEW,
    CaseKind.RESULT_CORRECTION: Permission.RESULT_REVIEW,
    CaseKind.BASE_APPLICATION: Permission.BASE_REVIEW,
    CaseKind.BASE_MEASURE: Permission.BASE_DECIDE,
    CaseKind.BASE_REPORT: Permission.BASE_REVIEW,
}
"""The right to decide on cases of each kind."""
