"""How the annual report of a base moves: handed in, scored by one officer, graded by the leader (arts. 9, 10, 34)."""

from domain.roles import Permission
from domain.workflow import CaseKind, Clock, Side, State, Transition, Workflow

EDITABLE = ("draft", "returned")
GRADED = "graded"

REPORT = Workflow(
    kind=CaseKind.BASE_REPORT,
    prefix="NB",
    start="draft",
    states=(
        State(name="draft", label="填写中", side=Side.APPLICANT, tone="secondary"),
        State(name="submitted", label="待评分", side=Side.BUREAU, tone="primary"),
        State(name="returned", label="退回修改", side=Side.APPLICANT, tone="warning"),
        State(name="scored", label="待确定等次", side=Side.BUREAU, tone="primary"),
        State(name=GRADED, label="已评定", side=Side.NOBODY, tone="success"),
    ),
    transitions=(
        Transition(
            action="submit",
            label="提交年度报告",
            done_label="提交年度报告",
            from_states=EDITABLE,
            to_state="submitted",
            permission=Permission.BASE_APPLY,
            clock=Clock.START,
            limit="base.report_review_workdays",
            article="34",
            own_page=True,
        ),
        Transition(
            action="give_back",
            label="退回修改",
            done_label="退回修改",
            from_states=("submitted",),
            to_state="returned",
            permission=Permission.BASE_REVIEW,
            clock=Clock.HOLD,
            remark=True,
            article="34",
            tone="warning",
        ),
        Transition(
            action="score",
            label="提交评分",
            done_label="逐项评分，报负责人确定等次",
            from_states=("submitted",),
            to_state="scored",
            permission=Permission.BASE_REVIEW,
            article="34",
            own_page=True,
        ),
        Transition(
            action="send_back",
            label="退回重新评分",
            done_label="负责人退回重新评分",
            from_states=("scored",),
            to_state="submitted",
            permission=Permission.BASE_DECIDE,
            remark=True,
            tone="warning",
        ),
        Transition(
            action="grade",
            label="确定等次并公开",
            done_label="确定等次并公开",
            from_states=("scored",),
            to_state=GRADED,
            permission=Permission.BASE_DECIDE,
            clock=Clock.STOP,
            four_eyes=("score",),
            article="34",
            tone="success",
        ),
    ),
)
