"""Archives of the demo city: gathered and closed in time, one on hold, one bundle taken, one organisation giving up."""

import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

from PIL import Image, ImageDraw
from sqlalchemy import select

from domain.archive_rules import Item
from domain.errors import RuleError
from domain.roles import Actor
from models import ActivityFiling, Case, ResultReport, Technician, db
from services import (
    archive_bundles,
    archive_handovers,
    archive_holds,
    archive_papers,
    archives,
    learning_proofs,
    policies,
    results,
)
from services.demo_organizations import Site, Staffing

Scene = Iterator[datetime]
# The organisations somebody signs in to; the archives of the others are closed by the worker, like anybody's.
SHOWN = ("qianchui", "nanxi", "shuxi", "fangyan")
_ADDED = 0.7


def filing_scene(filing: ActivityFiling, site: Site) -> Scene:
    """After the credits: most organisers add the scanned sign-in sheets; a month later the archive is closed."""
    report = results.of_filing(filing)
    if site.demo.key not in SHOWN or report is None or report.posted_at is None:
        return
    posted_at = report.posted_at
    draw = Random(filing.title)  # noqa: S311 - nothing is guarded by it
    yield posted_at + timedelta(days=6, hours=1)
    if draw.random() < _ADDED:
        archive_papers.add_paper(filing, Item.ATTENDANCE, _scan(filing.title), "签到表扫描件.png", actor=site.clerk)
    days = int(policies.active_policy().figure("archive.close_days"))
    yield posted_at + timedelta(days=days, minutes=2)
    archives.close_and_tell(filing)


def _scan(title: str) -> bytes:
    """A picture that stands for the scan of a sign-in sheet; the strokes keep two of them apart."""
    draw = Random(title)  # noqa: S311 - nothing is guarded by it
    picture = Image.new("L", (420, 594), 252)
    pen = ImageDraw.Draw(picture)
    for row in range(18):
        top = 60 + row * 28
        pen.rectangle((30, top, 390, top + 28), outline=120)
        points = [(250 + draw.randrange(110), top + 4 + draw.randrange(20)) for _ in range(5)]
        pen.line(points, fill=40, width=2)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def scenes(staffing: Staffing, region: str, learner: Actor, now: datetime) -> Iterable[Scene]:
    """What is under way today: a hold, a bundle, an organisation that hands over, a learning proof."""
    yield _hold(staffing.sites["qianchui"], staffing.officers[region][0], now - timedelta(days=2))
    yield _bundle(staffing.sites["fangyan"], now - timedelta(hours=30))
    yield _giving_up(staffing, region, now - timedelta(hours=26))
    yield _learning(learner, now - timedelta(hours=25))


def _credited(site: Site) -> list[ActivityFiling]:
    return list(
        db.session.scalars(
            select(ActivityFiling)
            .join(ResultReport, ResultReport.filing_id == ActivityFiling.id)
            .join(Case, Case.id == ResultReport.case_id)
            .where(Case.state == "credited", ActivityFiling.organization_id == site.id)
            .order_by(ActivityFiling.id)
        )
    )


def _hold(site: Site, officer: Actor, at: datetime) -> Scene:
    yield at
    for filing in _credited(site)[:1]:
        archive_holds.hold(filing, "群众反映该期培训课时不足，正在核查，核查结束前不得销毁。", actor=officer)


def _bundle(site: Site, at: datetime) -> Scene:
    yield at
    for filing in _credited(site)[:1]:
        archive_bundles.ask(filing, actor=site.manager)


def _giving_up(staffing: Staffing, region: str, at: datetime) -> Scene:
    yield at
    others = [site for key, site in staffing.sites.items() if key not in SHOWN]
    for site in sorted(others, key=lambda each: each.demo.region_code != region):
        if _credited(site):
            archive_handovers.ask(
                "", reason="公司整体搬迁外地，本地不再组织培训。", paper_place="公司办公楼三楼档案室", actor=site.clerk
            )
            return


def _learning(learner: Actor, at: datetime) -> Scene:
    yield at
    technician = db.session.get_one(Technician, learner.technician_id)
    for each in learning_proofs.of_person(technician.id):
        # Of one of these activities the credits were taken back: there is nothing to prove.
        with suppress(RuleError):
            learning_proofs.request(technician, each.filing_id, actor=learner)
            return
