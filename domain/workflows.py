"""Every kind of case (办件) as one table of transitions; what is not in a table is refused.

Buttons, guards, deadlines, timelines, inboxes, notices and tests read these tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.roles import Permission


class CaseKind(StrEnum):
    """What a case is about. Values are stored."""

    EMPLOYER_REGISTRATION = "employer_registration"
    ACTIVITY_FILING = "activity_filing"
    RESULT_REPORT = "result_report"

    @property
    def label(self) -> str:
        return WORKFLOWS[self].label


class Clock(StrEnum):
    """What a transition does to the clock of the promised time (working days)."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class Side(StrEnum):
    """In whose court the case is: the applicant's clock and the bureau's never run together (INV-40)."""

    APPLICANT = "applicant"
    BUREAU = "bureau"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class State:
    """A state: what it is called, who has to do something, and how its badge looks."""

    name: str
    label: str
    side: Side
    tone: str


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One permitted move.

    `limit` is the policy figure (in working days) of the time it starts; `four_eyes` names the actions whose actors
    may not also do this one, as natural persons; `remark` says whether a reason must be given.
    """

    action: str
    label: str
    from_states: tuple[str, ...]
    to_state: str
    permission: Permission
    clock: Clock | None = None
    limit: str | None = None
    remark: bool = False
    four_eyes: tuple[str, ...] = ()
    article: str = ""
    done_label: str = ""
    tone: str = "primary"


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The whole table of one kind of case."""

    kind: CaseKind
    label: str
    prefix: str
    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def state(self, name: str) -> State:
        return next(state for state in self.states if state.name == name)

    def find(self, action: str, state: str) -> Transition | None:
        """The transition this action makes from this state, or None: then it is refused."""
        return next((move for move in self.transitions if move.action == action and state in move.from_states), None)

    def leaving(self, state: str) -> Iterator[Transition]:
        return (move for move in self.transitions if state in move.from_states)

    def action_label(self, action: str) -> str:
        """What an action is called, also where no transition of that name leaves the present state."""
        return next((move.label for move in self.transitions if move.action == action), action)

    def done_label(self, action: str) -> str:
        """What a timeline says when the action was done."""
        return next((move.done_label or move.label for move in self.transitions if move.action == action), action)


_REGISTRATION = Workflow(
    kind=CaseKind.EMPLOYER_REGISTRATION,
    label="用人单位注册",
    prefix="ZC",
    start="draft",
    states=(
        State(name="draft", label="草稿", side=Side.APPLICANT, tone="secondary"),
        State(name="submitted", label="待审核", side=Side.BUREAU, tone="primary"),
        State(name="supplement", label="待补正", side=Side.APPLICANT, tone="warning"),
        State(name="approved", label="已通过", side=Side.NOBODY, tone="success"),
        State(name="rejected", label="不予通过", side=Side.NOBODY, tone="danger"),
        State(name="withdrawn", label="已撤回", side=Side.NOBODY, tone="secondary"),
    ),
    transitions=(
        Transition(
            action="submit",
            label="提交注册",
            done_label="提交注册申请",
            from_states=("draft",),
            to_state="submitted",
            permission=Permission.REGISTRATION_WRITE,
            clock=Clock.START,
            limit="registration.review_workdays",
        ),
        Transition(
            action="return",
            label="退回补正",
            done_label="一次性告知补正",
            from_states=("submitted",),
            to_state="supplement",
            permission=Permission.REGISTRATION_REVIEW,
            clock=Clock.PAUSE,
            limit="supplement.days",
            remark=True,
            tone="warning",
        ),
        Transition(
            action="resubmit",
            label="重新提交",
            done_label="补正后重新提交",
            from_states=("supplement",),
            to_state="submitted",
            permission=Permission.REGISTRATION_WRITE,
            clock=Clock.RESUME,
        ),
        Transition(
            action="approve",
            label="审核通过",
            done_label="审核通过，准予注册",
            from_states=("submitted",),
            to_state="approved",
            permission=Permission.REGISTRATION_REVIEW,
            clock=Clock.STOP,
            four_eyes=("submit", "resubmit"),
            tone="success",
        ),
        Transition(
            action="reject",
            label="不予通过",
            done_label="审核不予通过",
            from_states=("submitted",),
            to_state="rejected",
            permission=Permission.REGISTRATION_REVIEW,
            clock=Clock.STOP,
            remark=True,
            tone="danger",
        ),
        Transition(
            action="withdraw",
            label="撤回申请",
            done_label="申请人撤回",
            from_states=("submitted", "supplement"),
            to_state="withdrawn",
            permission=Permission.REGISTRATION_WRITE,
            clock=Clock.STOP,
            tone="secondary",
        ),
    ),
)

_FILING = Workflow(
    kind=CaseKind.ACTIVITY_FILING,
    label="活动备案",
    prefix="HD",
    start="draft",
    states=(
        State(name="draft", label="草稿", side=Side.APPLICANT, tone="secondary"),
        State(name="submitted", label="审核中", side=Side.BUREAU, tone="primary"),
        State(name="supplement", label="待补正", side=Side.APPLICANT, tone="warning"),
        State(name="approved", label="已备案", side=Side.APPLICANT, tone="success"),
        State(name="completed", label="已办结", side=Side.NOBODY, tone="success"),
        State(name="rejected", label="不予备案", side=Side.NOBODY, tone="danger"),
        State(name="withdrawn", label="已撤回", side=Side.NOBODY, tone="secondary"),
        State(name="cancelled", label="已取消", side=Side.NOBODY, tone="secondary"),
    ),
    transitions=(
        Transition(
            action="submit",
            label="提交备案",
            done_label="提交备案",
            from_states=("draft",),
            to_state="submitted",
            permission=Permission.FILING_WRITE,
            clock=Clock.START,
            limit="filing.review_workdays",
            article="16",
        ),
        Transition(
            action="return",
            label="退回补正",
            done_label="一次性告知补正",
            from_states=("submitted",),
            to_state="supplement",
            permission=Permission.FILING_REVIEW,
            clock=Clock.PAUSE,
            limit="supplement.days",
            remark=True,
            article="16",
            tone="warning",
        ),
        Transition(
            action="resubmit",
            label="重新提交",
            done_label="补正后重新提交",
            from_states=("supplement",),
            to_state="submitted",
            permission=Permission.FILING_WRITE,
            clock=Clock.RESUME,
            article="16",
        ),
        Transition(
            action="approve",
            label="准予备案",
            done_label="准予备案",
            from_states=("submitted",),
            to_state="approved",
            permission=Permission.FILING_REVIEW,
            clock=Clock.STOP,
            four_eyes=("submit", "resubmit"),
            article="16",
            tone="success",
        ),
        Transition(
            action="reject",
            label="不予备案",
            done_label="决定不予备案",
            from_states=("submitted",),
            to_state="rejected",
            permission=Permission.FILING_REVIEW,
            clock=Clock.STOP,
            remark=True,
            article="16",
            tone="danger",
        ),
        Transition(
            action="withdraw",
            label="撤回备案",
            done_label="撤回备案",
            from_states=("draft", "submitted", "supplement"),
            to_state="withdrawn",
            permission=Permission.FILING_WRITE,
            clock=Clock.STOP,
            tone="secondary",
        ),
        Transition(
            action="cancel",
            label="取消活动",
            done_label="取消活动",
            from_states=("approved",),
            to_state="cancelled",
            permission=Permission.FILING_WRITE,
            clock=Clock.STOP,
            remark=True,
            tone="danger",
        ),
        Transition(
            action="complete",
            label="办结",
            done_label="成绩入账，活动办结",
            from_states=("approved",),
            to_state="completed",
            permission=Permission.SYSTEM_ACT,
            clock=Clock.STOP,
            article="19",
        ),
    ),
)

_RESULTS = Workflow(
    kind=CaseKind.RESULT_REPORT,
    label="成绩报送",
    prefix="CJ",
    start="draft",
    states=(
        State(name="draft", label="录入中", side=Side.APPLICANT, tone="secondary"),
        State(name="entered", label="待单位发布", side=Side.APPLICANT, tone="info"),
        State(name="released", label="待人社审核", side=Side.BUREAU, tone="primary"),
        State(name="supplement", label="待补正", side=Side.APPLICANT, tone="warning"),
        State(name="credited", label="学分已入账", side=Side.NOBODY, tone="success"),
    ),
    transitions=(
        Transition(
            action="enter",
            label="提交单位审核",
            done_label="完成录入，提交单位审核",
            from_states=("draft", "supplement"),
            to_state="entered",
            permission=Permission.RESULT_WRITE,
            article="19",
        ),
        Transition(
            action="send_back",
            label="退回经办人",
            done_label="单位审核人退回经办人",
            from_states=("entered",),
            to_state="draft",
            permission=Permission.RESULT_RELEASE,
            remark=True,
            tone="warning",
        ),
        Transition(
            action="release",
            label="审核并发布成绩",
            done_label="单位审核人发布成绩",
            from_states=("entered",),
            to_state="released",
            permission=Permission.RESULT_RELEASE,
            clock=Clock.START,
            limit="results.review_workdays",
            four_eyes=("enter",),
            article="19",
            tone="success",
        ),
        Transition(
            action="return",
            label="退回补正",
            done_label="一次性告知补正",
            from_states=("released",),
            to_state="supplement",
            permission=Permission.RESULT_REVIEW,
            clock=Clock.PAUSE,
            limit="supplement.days",
            remark=True,
            article="19",
            tone="warning",
        ),
        Transition(
            action="credit",
            label="审核通过并入账",
            done_label="审核通过，学分入账",
            from_states=("released",),
            to_state="credited",
            permission=Permission.RESULT_REVIEW,
            clock=Clock.STOP,
            four_eyes=("enter", "release"),
            article="22",
            tone="success",
        ),
    ),
)

WORKFLOWS: dict[CaseKind, Workflow] = {workflow.kind: workflow for workflow in (_REGISTRATION, _FILING, _RESULTS)}
