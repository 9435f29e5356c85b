"""The rules of the parts that only some forms have (arts. 16, 37, 38): what is wrong, what deserves a second look."""

from domain.base_content import highest_fee, outside_scope
from domain.filing_content import PAPER_KINDS, show_hours, total_hours
from domain.filing_figures import FilingFigures
from domain.filing_forms import sections_of
from domain.filing_parse import Parsed, Problem
from domain.filing_parts import Competition, Fees, Source, WorkTraining, show_money
from domain.teacher_register import strangers

_PROFESSIONAL = "PROFESSIONAL"


def part_problems(parsed: Parsed, figures: FilingFigures) -> list[Problem]:
    """What is wrong with the parts that could be read."""
    found: list[Problem] = []
    if parsed.competition is not None:
        found += _competition_problems(parsed, parsed.competition, figures)
    if parsed.work_training is not None:
        found += _training_problems(parsed, parsed.work_training)
    if parsed.service is not None and figures.organizer and parsed.service.beneficiary == figures.organizer:
        found.append(_wrong("service", "beneficiary", "受益单位不能是举办单位自己，确认时间的须是被服务的一方"))
    if parsed.fees is not None:
        found += _fee_problems(parsed, parsed.fees, figures)
        found += _published_fee_problems(parsed, parsed.fees, figures)
    found += _scope_problems(parsed, figures)
    found += _teacher_problems(parsed, figures)
    return found


def _scope_problems(parsed: Parsed, figures: FilingFigures) -> list[Problem]:
    """Whether a base may file this: it is published and the activity lies in its scope (art. 8, INV-06)."""
    scope = figures.scope
    if scope is None:
        return []
    if not scope.may_file:
        return [_wrong("basics", "title", "本单位的继续教育基地资格已暂停、到期或不再有效，不能新办活动备案（第八条）")]
    if parsed.subjects is None or parsed.people is None:
        return []
    asked = {line.subject: figures.subjects.get(line.subject, line.subject) for line in parsed.subjects}
    found = outside_scope(
        scope,
        subjects=asked,
        occupations=parsed.people.occupations,
        professional=_PROFESSIONAL,
        ranks=parsed.people.ranks,
    )
    places = {
        "subjects": ("subjects", "rows-0-subject"), "people": ("people", "occupations"), "levels": ("people", "lowest"),
    }  # fmt: skip
    say = _wrong if figures.scope_blocks else _hint
    return [say(*places[part], message) for part, message in found]


def _teacher_problems(parsed: Parsed, figures: FilingFigures) -> list[Problem]:
    """Who teaches for a base is in its register (art. 11, INV-10)."""
    if figures.registered_teachers is None or not parsed.teachers:
        return []
    unknown = strangers((each.name for each in parsed.teachers), figures.registered_teachers)
    say = _wrong if figures.teachers_block else _hint
    places = {teacher.name: place for place, teacher in reversed(list(enumerate(parsed.teachers)))}
    return [
        say("teachers", f"rows-{places[name]}-name", f"“{name}”不在本基地的教师库中，请先列入教师库（第十一条）")
        for name in unknown
    ]


def _published_fee_problems(parsed: Parsed, fees: Fees, figures: FilingFigures) -> list[Problem]:
    """A base takes no more than it has published (art. 10, INV-08)."""
    if figures.published_fees is None or parsed.people is None or parsed.subjects is None:
        return []
    hours = total_hours(parsed.subjects)
    most = highest_fee(figures.published_fees, occupations=parsed.people.occupations, hours=hours)
    if fees.per_person <= most:
        return []
    message = f"每人 {show_money(fees.per_person)}，超过本基地公布的收费标准（本次最多 {show_money(most)}）"
    message += "，请降低收费（第十条）"
    return [_wrong("fees", "per_person", message)]


def _wrong(section: str, field: str, message: str) -> Problem:
    return Problem(section=section, field=field, message=message)


def _hint(section: str, field: str, message: str) -> Problem:
    return Problem(section=section, field=field, message=message, hint=True)


def _competition_problems(parsed: Parsed, held: Competition, figures: FilingFigures) -> list[Problem]:
    found = []
    if held.judges and not any(judge.is_chief for judge in held.judges):
        found.append(_wrong("judges", "rows-0-role", "请指定一位裁判长"))
    limit = figures.rank_limits.get(held.level)
    for index, award in enumerate(held.awards):
        if limit is not None and award.credits > limit:
            found.append(
                _wrong(
                    "awards",
                    f"rows-{index}-credits",
                    f"第 {index + 1} 行名次：{held.level.label}比武每个名次最多 {show_hours(limit)} 学分，请减少",
                )
            )
        elif index and award.credits > held.awards[index - 1].credits:
            found.append(
                _hint("awards", f"rows-{index}-credits", f"“{award.rank}”的学分比上一行的名次多，请核对名次的顺序")
            )
    aimed = set(parsed.people.occupations) if parsed.people else set()
    strange = [event.occupation for event in held.events if aimed and event.occupation not in aimed]
    if strange:
        message = f"比赛项目的工种“{'、'.join(dict.fromkeys(strange))}”不在面向职业（工种）中，请核对"
        found.append(_hint("people", "occupations", message))
    return found


def _training_problems(parsed: Parsed, training: WorkTraining) -> list[Problem]:
    found = []
    months = _months(training.starts, training.ends)
    planned = {period.month for period in training.periods}
    outside = sorted(planned - set(months))
    if outside:
        message = (
            f"学习内容中的 {'、'.join(outside)} 不在带教起止月份（{training.starts} 至 {training.ends}）内，请核对"
        )
        found.append(_wrong("periods", "", message))
    missing = [month for month in months if month not in planned]
    if missing:
        found.append(_hint("periods", "", f"{'、'.join(missing)} 没有填写学习内容，请核对"))
    sessions = parsed.sessions or ()
    for session, row in zip(sessions, parsed.session_rows, strict=False):
        if f"{session.on:%Y-%m}" not in months:
            message = f"第 {row + 1} 课次不在带教起止月份（{training.starts} 至 {training.ends}）内，请改期"
            found.append(_wrong("sessions", f"rows-{row}-on", message))
            break
    return found


def _months(first: str, last: str) -> list[str]:
    """Every month from `first` to `last`, written 2026-06."""

    def number(month: str) -> int:
        return int(month[:4]) * 12 + int(month[5:]) - 1

    return [f"{each // 12}-{each % 12 + 1:02d}" for each in range(number(first), number(last) + 1)]


def _fee_problems(parsed: Parsed, fees: Fees, figures: FilingFigures) -> list[Problem]:
    found = []
    by_source = {funding.source: funding.amount for funding in fees.funding}
    if fees.funded < fees.cost:
        message = (
            f"经费来源合计 {show_money(fees.funded)}，少于预计总费用 {show_money(fees.cost)}，"
            f"还差 {show_money(fees.cost - fees.funded)}，请补充来源或核对费用（第三十七条）"
        )
        found.append(_wrong("fees", "cost", message))
    personal = by_source.get(Source.PERSON)
    if figures.free and personal:
        message = "人力社保部门和行业主管部门直接举办的活动不得收取费用，个人缴费应为 0（第三十八条）"
        found.append(_wrong("fees", Source.PERSON.value, message))
    elif fees.is_public_benefit and fees.per_person:
        found.append(_wrong("fees", "per_person", "公益性活动不向学员收费，请填 0，或取消“公益性活动”（第三十七条）"))
    elif fees.is_public_benefit and personal:
        found.append(_wrong("fees", Source.PERSON.value, "公益性活动不向学员收费，个人缴费应为 0（第三十七条）"))
    elif fees.per_person and not personal:
        found.append(_wrong("fees", Source.PERSON.value, "向学员收费的，请在“个人缴费”中填写合计金额"))
    elif personal and not fees.per_person:
        found.append(_wrong("fees", "per_person", "有个人缴费，请填写向每位学员收多少"))
    elif personal and parsed.people and personal != fees.per_person * parsed.people.quota:
        due = show_money(fees.per_person * parsed.people.quota)
        found.append(_hint("fees", Source.PERSON.value, f"按计划人数收费合计为 {due}，与填写的个人缴费不一致，请核对"))
    if by_source.get(Source.SPONSOR) and not fees.sponsor:
        found.append(_wrong("fees", "sponsor_name", "请填写资助单位或个人"))
    if fees.commission is not None:
        held = {paper.kind for paper in parsed.plan}
        label = next(section.label for section in sections_of(parsed.form) if section.key == "plan")
        found += [
            _wrong("plan", "file", f"受委托举办的，须在“{label}”中上传{PAPER_KINDS[kind]}（第三十八条）")
            for kind in ("selection", "contract")
            if kind not in held
        ]
    return found
