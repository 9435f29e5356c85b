"""Every table of the program, under one name: the tables themselves stand by subject in `tables/`.

Tables about one person (certificates, employment, ledger, proofs) carry the person's id first in every key, and a
value that must be unique in the whole city has a look-up table of its own (docs/decisions/0003).
"""

from tables.accounts import Account, ActivationLink, AuditEvent, Membership, SignInAttempt, UserSession
from tables.activities import (
    ActivityFiling,
    ActivitySession,
    DayLogEntry,
    FilingConfirmation,
    FilingOccupation,
    FilingTeacher,
    SubjectLine,
)
from tables.archives import (
    ArchiveBundle,
    ArchiveHandover,
    ArchiveHandoverItem,
    ArchiveHold,
    ArchivePaper,
    DisposalItem,
    DisposalList,
    TeachingArchive,
)
from tables.base_reports import BaseReport
from tables.base_reviews import AuthorityOccupation, BaseOpinion, BaseVisit, BaseVisitScore
from tables.base_teachers import BaseTeacher
from tables.bases import (
    BaseApplication,
    BaseFinding,
    BaseMeasure,
    BaseObjection,
    BasePublication,
    BaseScopeEntry,
    TrainingBase,
)
from tables.cases import (
    Attachment,
    Case,
    CaseSnapshot,
    CaseStep,
    Notice,
    OutboxMessage,
    ReminderSent,
    StoredFile,
    SupplementItem,
)
from tables.classes import ArrivalPlace, Attendance, AttendanceChange, DisciplineEvent, Enrolment, VenuePoint
from tables.columns import Base, Instant, db
from tables.evidence import EvidencePiece, PictureHash, PictureMatch, Upload
from tables.jobs import ImportBatch, ImportRow, Job
from tables.ledger import CreditEntry, ExamRecord, YearlyCredit
from tables.letters import OfficialLetter
from tables.organizations import EmployerRegistration, Organization, OrganizationCapacity
from tables.people import Employment, IdentityKey, NameChange, SkillCertificate, Technician
from tables.places import NumberSeries, PolicyVersion, Region, Setting, WorkingDay
from tables.proof_batches import ProofBatch, ProofBatchItem, ProofConsent
from tables.proofs import Proof, ProofCode, ProofKey, ProofNumber, ProofRevocation
from tables.public_log import LogBlock, LogHead, LogLeaf, LogPlace, LogRestoration, ProofCheck, RecordLook, SealedDay
from tables.results import (
    CorrectionRow,
    LotteryDay,
    LotteryDraw,
    ResultCorrection,
    ResultDispute,
    ResultReport,
    ResultRow,
    ResultWarningAnswer,
    StatusListEntry,
)

__all__ = [
    "Account",
    "ActivationLink",
    "ActivityFiling",
    "ActivitySession",
    "ArchiveBundle",
    "ArchiveHandover",
    "ArchiveHandoverItem",
    "ArchiveHold",
    "ArchivePaper",
    "ArrivalPlace",
    "Attachment",
    "Attendance",
    "AttendanceChange",
    "AuditEvent",
    "AuthorityOccupation",
    "Base",
    "BaseApplication",
    "BaseFinding",
    "BaseMeasure",
    "BaseObjection",
    "BaseOpinion",
    "BasePublication",
    "BaseReport",
    "BaseScopeEntry",
    "BaseTeacher",
    "BaseVisit",
    "BaseVisitScore",
    "Case",
    "CaseSnapshot",
    "CaseStep",
    "CorrectionRow",
    "CreditEntry",
    "DayLogEntry",
    "DisciplineEvent",
    "DisposalItem",
    "DisposalList",
    "EmployerRegistration",
    "Employment",
    "Enrolment",
    "EvidencePiece",
    "ExamRecord",
    "FilingConfirmation",
    "FilingOccupation",
    "FilingTeacher",
    "IdentityKey",
    "ImportBatch",
    "ImportRow",
    "Instant",
    "Job",
    "LogBlock",
    "LogHead",
    "LogLeaf",
    "LogPlace",
    "LogRestoration",
    "LotteryDay",
    "LotteryDraw",
    "Membership",
    "NameChange",
    "Notice",
    "NumberSeries",
    "OfficialLetter",
    "Organization",
    "OrganizationCapacity",
    "OutboxMessage",
    "PictureHash",
    "PictureMatch",
    "PolicyVersion",
    "Proof",
    "ProofBatch",
    "ProofBatchItem",
    "ProofCheck",
    "ProofCode",
    "ProofConsent",
    "ProofKey",
    "ProofNumber",
    "ProofRevocation",
    "RecordLook",
    "Region",
    "ReminderSent",
    "ResultCorrection",
    "ResultDispute",
    "ResultReport",
    "ResultRow",
    "ResultWarningAnswer",
    "SealedDay",
    "Setting",
    "SignInAttempt",
    "SkillCertificate",
    "StatusListEntry",
    "StoredFile",
    "SubjectLine",
    "SupplementItem",
    "TeachingArchive",
    "Technician",
    "TrainingBase",
    "Upload",
    "UserSession",
    "VenuePoint",
    "WorkingDay",
    "YearlyCredit",
    "db",
]
