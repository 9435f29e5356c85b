"""Where one person's result stands on its own: ready for release, disputed by the person, or held (INV-33)."""

from enum import StrEnum


class RowStanding(StrEnum):
    """Whether a row goes on with the others or waits alone. Values are stored."""

    READY = "ready"
    DISPUTED = "disputed"
    HELD = "held"

    @property
    def label(self) -> str:
        return {RowStanding.READY: "正常", RowStanding.DISPUTED: "有异议", RowStanding.HELD: "暂缓"}[self]


class Answer(StrEnum):
    """What the person said of the own row. Values are stored; an empty one stands for no answer yet."""

    NONE = ""
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    SILENT = "silent"

    @property
    def label(self) -> str:
        return {
            Answer.NONE: "待本人确认",
            Answer.CONFIRMED: "本人已确认",
            Answer.DISPUTED: "本人有异议",
            Answer.SILENT: "逾期未答复，视为确认",
        }[self]


class DisputeKind(StrEnum):
    """What a person finds wrong. Values are stored; MISSING: the person took part and is not in the list."""

    HOURS = "hours"
    SCORE = "score"
    OUTCOME = "outcome"
    NOT_THERE = "not_there"
    OTHER = "other"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return {
            DisputeKind.HOURS: "学时不对",
            DisputeKind.SCORE: "成绩不对",
            DisputeKind.OUTCOME: "考核结果不对",
            DisputeKind.NOT_THERE: "我没有参加",
            DisputeKind.OTHER: "其他",
            DisputeKind.MISSING: "我也参加了，但名单中没有我",
        }[self]


class DisputeState(StrEnum):
    """How far a dispute has come. Values are stored.

    OPEN: the organiser is to answer. CORRECTED: it changed the row, and the person looks at it again. INSISTED: it gave
    its reason, or its correction came after the release, and an officer decides. SETTLED: at an end.
    """

    OPEN = "open"
    CORRECTED = "corrected"
    INSISTED = "insisted"
    SETTLED = "settled"

    @property
    def label(self) -> str:
        return {
            DisputeState.OPEN: "待举办单位答复",
            DisputeState.CORRECTED: "已更正，待本人确认",
            DisputeState.INSISTED: "待人社部门裁定",
            DisputeState.SETTLED: "已处理",
        }[self]


class StatusKind(StrEnum):
    """What a list of the bureau says of persons: why they would hardly sit in a class. Values are stored."""

    DECEASED = "deceased"
    RETIRED = "retired"
    STUDENT = "student"
    DETAINED = "detained"
    ABROAD = "abroad"

    @property
    def label(self) -> str:
        return {
            StatusKind.DECEASED: "死亡",
            StatusKind.RETIRED: "退休",
            StatusKind.STUDENT: "在校学生",
            StatusKind.DETAINED: "羁押服刑",
            StatusKind.ABROAD: "出境未归",
        }[self]
