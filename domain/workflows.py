"""Every kind of case (办件) as one table of transitions; what is not in a table is refused.

Buttons, guards, deadlines, timelines, inboxes, notices and tests read these tables.
"""

from domain.base_workflow import BASE
from domain.correction_workflow import CORRECTION
from domain.filing_workflow import FILING
from domain.registration_workflow import REGISTRATION
from domain.result_workflow import RESULTS
from domain.workflow import CaseKind, Clock, Side, State, Transition, Workflow

__all__ = ["WORKFLOWS", "CaseKind", "Clock", "Side", "State", "Transition", "Workflow"]

WORKFLOWS: dict[CaseKind, Workflow] = {
    workflow.kind: workflow for workflow in (REGISTRATION, FILING, RESULTS, CORRECTION, BASE)
}
