"""How the registration of an employer moves."""

from domain.roles import Permission
from domain.workflow import CaseKind, Clock, Side, State, Transition, Workflow, supplement_round

REGISTRATION = Workflow(
    kind=CaseKind.EMPLOYER_REGISTRATION,
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
        *supplement_round(review=Permission.REGISTRATION_REVIEW, reply=Permission.REGISTRATION_WRITE),
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
