"""The refusals of the scheme: every rule that says no raises one of these, with a code and a sentence."""


class RuleError(Exception):
    """A rule of the scheme refuses the act; nothing was changed.

    `code` is for programs and tests, `message` is the Chinese sentence shown to the person.
    """

    code = "rule"
    message = "操作不符合规定"

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        super().__init__(self.message)


class WrongState(RuleError):
    """The case has moved on, or never stood where this act may start."""

    code = "wrong_state"

    def __init__(self, action_label: str, state_label: str) -> None:
        super().__init__(f"当前状态为“{state_label}”，不能{action_label}")


class NotAllowed(RuleError):
    """The role, the scope or the four-eyes rule forbids this actor the act."""

    code = "not_allowed"
    message = "您没有办理此事项的权限"


class AlreadyPosted(RuleError):
    """The credits of this person, activity and subject line are in the ledger already."""

    code = "already_posted"
    message = "该人员本次活动的学分已经入账，不能重复入账"
