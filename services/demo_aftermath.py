"""What follows the classes of the demo city: exams, reversals, proofs, and employers that asked to be admitted."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import aliased

from domain.ledger_rules import Award, ReversalReason, SourceKind
from domain.periods import CHINA
from domain.roles import CITY, Actor
from ids import new_id
from models import CreditEntry, ExamRecord, Job, Proof, ProofBatch, Technician, db
from services import cases, clock, demo_papers, jobs, ledger, policies, proof_revocations, proofs, registrations
from services.demo_people import Person
from services.demo_scenes import Scene, Stage

_SUBJECT = "PROFESSIONAL"
_PASS_RATE = 0.82
_CREDITS = 100

# --- Exams ------------------------------------------------------------------------------------------------------------


def exam_scene(stage: Stage, region_code: str, on: date, *, absent: Collection[int], sure: Collection[int]) -> Scene:
    """A special-knowledge exam in one county: most of those who learned that year and have no exam yet pass it.

    `absent` are persons who did not come, `sure` those who passed.
    """
    officer = stage.officer(region_code)
    yield datetime.combine(stage.calendar.next_working_day(on + timedelta(days=3)), time(10, 5), CHINA)
    learned = select(CreditEntry.technician_id).where(
        CreditEntry.year == on.year, CreditEntry.kind == "award", CreditEntry.occurred_on <= on
    )
    passed_before = exists().where(
        ExamRecord.technician_id == Technician.id,
        ExamRecord.taken_on >= date(on.year, 1, 1),
        ExamRecord.taken_on <= date(on.year, 12, 31),
    )
    candidates = db.session.execute(
        select(Technician.id, Technician.region_code)
        .where(Technician.region_code == region_code, Technician.id.in_(learned), ~passed_before)
        .where(Technician.id.not_in(absent))
        .order_by(Technician.id)
    ).all()
    title = f"{on.year}年技能人才专项知识考试（{on.month}月）"
    records = [
        {
            "technician_id": one.id,
            "id": new_id(),
            "title": title,
            "subject": _SUBJECT,
            "taken_on": on,
            "score_tenths": stage.draw.randrange(120, 196) * 5,
            "credits_tenths": _CREDITS,
            "recorded_by_id": officer.account_id,
        }
        for one in candidates
        if one.id in sure or stage.draw.random() < _PASS_RATE
    ]
    if not records:
        return
    db.session.execute(insert(ExamRecord), records)
    awards = [
        Award(
            technician_id=int(str(row["technician_id"])),
            year=on.year,
            occurred_on=on,
            days=1,
            subject=_SUBJECT,
            form="EXAM",
            hours_tenths=0,
            credits_tenths=_CREDITS,
            source_kind=SourceKind.EXAM,
            source_id=int(str(row["id"])),
            line_id=int(str(row["id"])),
            source_title=title,
            region_code=region_code,
            is_exam=True,
        )
        for row in records
    ]
    ledger.post(awards, actor=officer, policy_version=policies.active_version())


# --- Reversals --------------------------------------------------------------------------------------------------------


def reversals_scene(stage: Stage, at: datetime, first: Person) -> Scene:
    """A few credits of 永康 are taken back by the officer who did not post them, one of them from `first`."""
    other = stage.staffing.officers["330784"][1]
    yield at
    back = aliased(CreditEntry)
    query = select(CreditEntry).where(
        CreditEntry.region_code == "330784",
        CreditEntry.source_kind == "activity",
        CreditEntry.kind == "award",
        # A correction may have taken it back before.
        ~exists().where(back.technician_id == CreditEntry.technician_id, back.reverses_id == CreditEntry.id),
    )
    own = db.session.scalars(query.where(CreditEntry.technician_id == first.id).order_by(CreditEntry.id)).first()
    other_people = db.session.scalars(
        query.where(CreditEntry.technician_id != first.id, CreditEntry.posted_by_id != other.account_id)
        .order_by(CreditEntry.id.desc())
        .limit(40)
    ).all()
    chosen = [entry for entry in (own, *other_people[::13]) if entry is not None]
    reasons = (
        (ReversalReason.WRONG_ENTRY, "经复核签到表，该学员公共科目当日未到课，举办单位录入错误。"),
        (ReversalReason.DUPLICATE, "同一课程已在其他单位举办的班次中入账，本次重复。"),
        (ReversalReason.FRAUD, "抽查核实由他人代为签到，按第二十一条处理。"),
        (ReversalReason.WRONG_ENTRY, "身份信息录入串行，学分应属他人。"),
    )
    for entry, (reason, remark) in zip(chosen, reasons, strict=False):
        ledger.reverse(entry, reason=reason, remark=remark, actor=other)


# --- Proofs -----------------------------------------------------------------------------------------------------------


def proof_scene(technician_id: int, year: int, at: datetime, actor: Actor) -> Scene:
    """Somebody asks for the proof of a year; the paper itself is printed after the commit."""
    yield at
    proofs.request(db.session.get_one(Technician, technician_id), year, actor=actor)


def run_jobs() -> None:
    """Do what the worker would have done, each proof at the moment it was asked for."""
    waiting = db.session.execute(
        select(Job.id, Job.kind, Job.arguments).where(Job.state == "queued").order_by(Job.id)
    ).all()
    for job in waiting:
        moment = clock.now()
        if job.kind == "proof":
            query = select(Proof.issued_at).where(Proof.id == int(job.arguments["proof_id"]))
            moment = db.session.scalars(query).one() + timedelta(seconds=9)
        elif job.kind == "proof_batch":
            moment = db.session.get_one(ProofBatch, int(job.arguments["batch_id"])).created_at + timedelta(seconds=9)
        with clock.at(moment):
            jobs.execute(job.id)


def revoke_one(stage: Stage, technician_id: int) -> None:
    """The city takes back the newest valid proof of this person: one officer asks, another confirms."""
    proof = db.session.scalar(
        select(Proof)
        .where(Proof.technician_id == technician_id, Proof.state == "valid")
        .order_by(Proof.id.desc())
        .limit(1)
    )
    if proof is not None:
        reason = "申请人提供的任职单位信息有误，经核实撤销，可更正后重新申请。"
        proof_revocations.request(proof, reason, actor=stage.officer(CITY))
        db.session.flush()
        proof_revocations.confirm(proof, actor=stage.staffing.officers[CITY][1])


# --- Registrations ----------------------------------------------------------------------------------------------------

# Name, code, county, address, who asks, how many working days ago, and how it went.
_APPLICANTS = (
    ("永康市石城山智能锁业有限公司", "91330784MAQH7X2K4L", "330784", "永康市古山镇锁业路2号", "胡巧玲", 1, "submitted"),
    ("永康市白垤里机械厂", "91330784MA295T8G7T", "330784", "永康市象珠镇白垤里村", "应志军", 3, "submitted"),
    ("永康市飞凤山门业有限公司", "91330784MA6XDE5W04", "330784", "永康市东城街道门业园", "吕晓丹", 6, "supplement"),
    ("东阳市落鹤山磁材有限公司", "91330783MAJLDMAJ0D", "330783", "东阳市横店镇电子产业园", "金凯", 7, "resubmitted"),
    ("东阳市岘山建筑劳务有限公司", "91330783MAMPBLLF30", "330783", "东阳市吴宁街道振兴路", "卢婷婷", 2, "submitted"),
    ("义乌市双林饰品有限公司", "91330782MA62Q2N38F", "330782", "义乌市廿三里街道饰品园", "虞文韬", 40, "approved"),
    ("武义县壶山保温容器有限公司", "91330723MAC0JNL25D", "330723", "武义县桐琴镇五金园", "何春香", 25, "approved"),
    ("兰溪市芥子园印刷有限公司", "91330781MAFNLRDM6W", "330781", "兰溪市兰江街道印刷园", "诸葛佳伟", 30, "rejected"),
    ("永康市历山日用品商行", "91330784MA8AB3N13E", "330784", "永康市舟山镇历山路", "池海燕", 18, "withdrawn"),
    ("永康市五峰健身器材有限公司", "91330784MA4UFNH04F", "330784", "永康市城西新区", "章雨桐", 1, "draft"),
    ("浦江县仙华挂锁有限公司", "91330726MAXAT63771", "330726", "浦江县郑宅镇挂锁园", "郑俊杰", 4, "supplement"),
    ("金华市婺城区白沙驿客运站", "91330702MAL5JY3R6J", "330702", "金华市婺城区白龙桥镇", "盛丹", 2, "submitted"),
)


def registration_scenes(stage: Stage, today: date) -> Iterable[Scene]:
    """Employers that asked to be admitted, in every state there is."""
    for number, applicant in enumerate(_APPLICANTS):
        yield _registration_scene(stage, today, number, *applicant)


def _registration_scene(
    stage: Stage,
    today: date,
    number: int,
    name: str,
    uscc: str,
    region_code: str,
    address: str,
    contact: str,
    days_ago: int,
    end: str,
) -> Scene:
    officer = stage.officer(region_code)
    yield stage.at_work(stage.calendar.add_working_days(today, -days_ago))
    values = {
        "uscc": uscc,
        "name": name,
        "region_code": region_code,
        "address": address,
        "contact_name": contact,
        "contact_phone": f"1395790{1000 + number * 37}",
        "contact_email": f"zhuce{number + 1}@example.com",
    }
    picture = demo_papers.licence(name, uscc)
    scan = registrations.Licence(data=picture, name="营业执照.png", media_type="image/png")
    registration = registrations.draft(values, scan)
    if end == "draft":
        return
    registrations.submit(registration)
    if end == "submitted":
        return
    yield stage.after(clock.today(), 1, 2)
    if end == "withdrawn":
        registrations.withdraw(registration)
        return
    if end in ("supplement", "resubmitted"):
        items = [
            ("licence", "营业执照图片不清楚，看不到登记机关印章，请重新上传。"),
            ("address", "地址与营业执照记载不一致，请写到门牌号。"),
        ]
        cases.act(registration.case, "return", actor=officer, remark="共 2 处需要补正，请一次补齐。", items=items)
        if end == "supplement":
            return
        yield stage.after(clock.today(), 1, 2)
        scan = registrations.Licence(
            data=demo_papers.licence(name, uscc + uscc), name="营业执照（重拍）.png", media_type="image/png"
        )
        registrations.change(registration, {**values, "address": address + "7幢2号"}, scan)
        registrations.submit(registration)
        return
    if end == "rejected":
        reason = "经核实，该单位已于本月注销，不予通过。"
        cases.act(registration.case, "reject", actor=officer, remark=reason)
        return
    cases.act(registration.case, "approve", actor=officer)
