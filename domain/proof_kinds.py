"""The kinds of official proofs: what each is called, and for which of them a rule of use is evaluated."""

from enum import StrEnum


class ProofKind(StrEnum):
    """What a proof is about. Values are stored."""

    ANNUAL = "annual"
    TRANSCRIPT = "transcript"
    LEARNING = "learning"
    PROMOTION = "promotion"
    THEORY_EXEMPTION = "theory_exemption"
    EXAMINER = "examiner"
    JUDGE = "judge"
    SUPERVISOR = "supervisor"
    TALENT_PROJECT = "talent_project"
    TEACHER_TITLE = "teacher_title"
    MASTER_STUDIO = "master_studio"
    SUBSIDY = "subsidy"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def paper(self) -> str:
        """What the paper is called: 年度学分证明, 学分情况证明（申请等级晋升用）."""
        return f"学分情况证明（{self.label}）" if self in PURPOSES else self.label

    @property
    def heading(self) -> str:
        """What stands at the head of the paper."""
        return f"金华市技能人才继续教育{_TITLES.get(self, '学分情况证明')}"


_LABELS = {
    ProofKind.ANNUAL: "年度学分证明",
    ProofKind.TRANSCRIPT: "历年学分登记表",
    ProofKind.LEARNING: "学习证明",
    ProofKind.PROMOTION: "申请等级晋升用",
    ProofKind.THEORY_EXEMPTION: "申请理论免考用",
    ProofKind.EXAMINER: "考评人员资格认定、复核用",
    ProofKind.JUDGE: "竞赛裁判员资格认定、复核用",
    ProofKind.SUPERVISOR: "质量督导员资格认定、复核用",
    ProofKind.TALENT_PROJECT: "申报高技能人才培养项目用",
    ProofKind.TEACHER_TITLE: "技工院校教师职称评定用",
    ProofKind.MASTER_STUDIO: "技能大师工作室评选、考评用",
    ProofKind.SUBSIDY: "申请技能培训补贴用",
}
_TITLES = {
    ProofKind.ANNUAL: "学分证明",
    ProofKind.TRANSCRIPT: "历年学分登记表",
    ProofKind.LEARNING: "学习证明",
}

PURPOSES = (
    ProofKind.PROMOTION,
    ProofKind.THEORY_EXEMPTION,
    ProofKind.EXAMINER,
    ProofKind.JUDGE,
    ProofKind.SUPERVISOR,
    ProofKind.TALENT_PROJECT,
    ProofKind.TEACHER_TITLE,
    ProofKind.MASTER_STUDIO,
    ProofKind.SUBSIDY,
)
"""The uses of arts. 24 to 29."""
