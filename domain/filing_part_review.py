"""The automatic checks of the parts that only some forms have, for the officer's page."""

from domain.base_content import Scope, highest_fee, outside_scope
from domain.filing_content import PAPER_KINDS, FilingContent, show_hours
from domain.filing_figures import FilingFigures
from domain.filing_parts import Commission, Competition, Fees, Level, WorkTraining, show_money
from domain.filing_review import Finding
from domain.teacher_register import strangers


def part_findings(content: FilingContent, figures: FilingFigures, *, in_city: bool) -> list[Finding]:
    """What the parts of this form show; `in_city`: the city's bureau decides, not a county's."""
    found: list[Finding] = []
    if content.competition is not None:
        found += _competition(content.competition, figures, in_city)
    if content.partner is not None:
        found.append(
            Finding(label="联合举办", ok=True, detail=f"{content.partner.name}已在网上核对并确认本次提交的内容")
        )
    if content.work_training is not None:
        found.append(_training(content, content.work_training))
    if content.service is not None:
        detail = f"服务结束后由{content.service.beneficiary}在线确认时间，确认前不能报送成绩"
        found.append(Finding(label="受益方确认", ok=True, detail=detail))
    if content.fees is not None:
        found += _fees(content.fees, content, figures)
    if figures.scope is not None:
        found.append(_scope(content, figures, figures.scope))
    if figures.registered_teachers is not None:
        unknown = strangers((each.name for each in content.teachers), figures.registered_teachers)
        detail = f"{'、'.join(unknown)}不在该基地的教师库中" if unknown else "授课教师都在该基地的教师库中（第十一条）"
        found.append(Finding(label="教师库", ok=not unknown, detail=detail))
    if figures.cap is not None:
        hours = show_hours(content.hours)
        detail = f"本次 {hours} 学时；这一形式每人每年最多计 {show_hours(figures.cap)} 学分，超出的不计入年度"
        found.append(Finding(label="年度上限", ok=content.hours <= figures.cap, detail=detail))
    return found


def _scope(content: FilingContent, figures: FilingFigures, scope: Scope) -> Finding:
    if not scope.may_file:
        return Finding(label="基地范围", ok=False, detail="该单位的基地资格已暂停、到期或不再有效（第八条）")
    asked = {line.subject: figures.subjects.get(line.subject, line.subject) for line in content.subjects}
    outside = outside_scope(
        scope,
        subjects=asked,
        occupations=content.people.occupations,
        professional="PROFESSIONAL",
        ranks=content.people.ranks,
    )
    inside = "科目、职业（工种）和等级都在该基地公布的范围内（第八条）"
    detail = "；".join(message for _, message in outside) or inside
    return Finding(label="基地范围", ok=not outside, detail=detail)


def _competition(held: Competition, figures: FilingFigures, in_city: bool) -> list[Finding]:
    own_level = held.level is Level.COUNTY or in_city
    detail = f"{held.level.label}{held.kind.label}，主办：{held.host}"
    if not own_level:
        detail += f"。本件由县（市、区）办理，请核对{held.level.label}活动的认定依据"
    found = [Finding(label="认定级别", ok=own_level, detail=detail)]
    if held.judges:
        chiefs = [judge.name for judge in held.judges if judge.is_chief]
        detail = f"{len(held.events)} 个项目，{len(held.judges)} 位裁判，裁判长：{'、'.join(chiefs) or '没有'}"
        found.append(Finding(label="裁判", ok=bool(chiefs), detail=detail))
    if held.awards:
        limit = figures.rank_limits.get(held.level)
        most = max(award.credits for award in held.awards)
        detail = f"{len(held.awards)} 个名次，最多 {show_hours(most)} 学分"
        if limit is not None:
            detail += f"（{held.level.label}比武每个名次最多 {show_hours(limit)}）"
        found.append(Finding(label="名次学分", ok=limit is None or most <= limit, detail=detail))
    return found


def _training(content: FilingContent, training: WorkTraining) -> Finding:
    months = sorted({f"{session.on:%Y-%m}" for session in content.sessions})
    planned = {period.month for period in training.periods}
    missing = [month for month in months if month not in planned]
    detail = (
        f"{training.starts} 至 {training.ends}，{len(training.periods)} 个月有学习内容，{len(content.teachers)} 位师傅"
    )
    if missing:
        detail += f"；{'、'.join(missing)} 有带教安排，没有学习内容"
    return Finding(label="带教内容", ok=not missing, detail=detail)


def _fees(fees: Fees, content: FilingContent, figures: FilingFigures) -> list[Finding]:
    enough = fees.funded >= fees.cost
    detail = f"预计 {show_money(fees.cost)}，各项来源合计 {show_money(fees.funded)}（第三十七条）"
    found = [Finding(label="经费来源", ok=enough, detail=detail)]
    if figures.free:
        detail = "人力社保部门或行业主管部门直接举办，不收费（第三十八条）"
        found.append(Finding(label="收费", ok=not fees.per_person, detail=detail))
    elif fees.per_person and figures.published_fees is not None:
        most = highest_fee(figures.published_fees, occupations=content.people.occupations, hours=content.hours)
        detail = f"每人 {show_money(fees.per_person)}，基地公布的标准为本次最多 {show_money(most)}（第十条）"
        found.append(Finding(label="收费", ok=fees.per_person <= most, detail=detail))
    elif fees.per_person:
        detail = (
            f"每人 {show_money(fees.per_person)}。平台没有该单位公布的收费标准，请对照其公布的收费项目核对（第十条）"
        )
        found.append(Finding(label="收费", ok=False, detail=detail))
    else:
        said = "公益性活动，不向学员收费（第三十七条）" if fees.is_public_benefit else "不向学员收费"
        found.append(Finding(label="收费", ok=True, detail=said))
    if fees.commission is not None:
        found.append(_commission(fees.commission, content))
    return found


def _commission(commission: Commission, content: FilingContent) -> Finding:
    held = {paper.kind for paper in content.plan}
    missing = [PAPER_KINDS[kind] for kind in ("selection", "contract") if kind not in held]
    detail = f"受{commission.by}委托，{commission.selection}，合同 {commission.contract}"
    detail += f"；没有上传{'、'.join(missing)}" if missing else "；遴选记录和合同已上传（第三十八条）"
    return Finding(label="委托举办", ok=not missing, detail=detail)
