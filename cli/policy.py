"""Commands for policy packs: check a pack, evaluate a person from a list of entries, put a pack in force."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from domain.credit_policy import Entry, evaluate
from domain.entry_rows import ENTRIES, check_entry_rows
from domain.errors import RuleError
from domain.evaluation import Evaluation
from domain.policy import Policy
from domain.policy_check import run_vectors
from domain.policy_pack import InvalidPack
from domain.roles import SYSTEM
from services.policy_files import NoSuchPack, read_pack, read_text
from services.spreadsheets import read_sheet

INVALID, BAD_INPUT = 1, 2


@click.group()
def policy() -> None:
    """Credit policy packs (policies/*.json)."""


@policy.command()
@click.argument("file")
def check(file: str) -> None:
    """Check FILE (a path or the key of a shipped pack) and run its own test vectors.

    Ends with 1 if the pack is not valid or a vector does not come out as the pack says.
    """
    pack = _pack(file)
    results = run_vectors(pack)
    for result in results:
        click.echo(f"{'通过' if result.passed else '不符'}  {result.vector.name}")
        for difference in result.differences:
            click.echo(f"      {difference}")
    failed = sum(not result.passed for result in results)
    click.echo(f"{pack.key} {pack.name}：{len(results)} 个用例，{failed} 个不符")
    if not results:
        click.echo("政策文件没有测试用例，请在 vectors 中补充", err=True)
    if failed or not results:
        sys.exit(INVALID)


@policy.command()
@click.argument("file")
def adopt(file: str) -> None:
    """Put FILE (a path or the key of a shipped pack) in force from now on.

    Only a pack whose own test vectors all come out is taken. What was submitted before keeps its version.
    """
    # The other commands run where there is no database.
    from services import policies
    from services.transaction import transaction

    pack = _pack(file)
    failed = [result.vector.name for result in run_vectors(pack) if not result.passed]
    if failed or not pack.vectors:
        click.echo(f"用例不符或没有用例，没有启用：{'、'.join(failed) or '请在 vectors 中补充'}", err=True)
        sys.exit(INVALID)
    try:
        with transaction():
            version = policies.adopt(read_text(file), actor=SYSTEM)
            key, name, fingerprint = version.key, version.name, version.sha256[:12]
    except RuleError as refusal:
        _refuse(refusal.message)
    click.echo(f"现行学分政策：{key} {name}（版本 {fingerprint}）")


@policy.command("evaluate")
@click.argument("file")
@click.argument("entries", type=click.Path())
@click.option("--year", type=click.IntRange(1990, 2100), required=True, help="The year to evaluate.")
@click.option("--level", help="Skill level, where floors depend on it.")
@click.option("--first-certificate", type=click.DateTime(["%Y-%m-%d"]), help="Date of the first certificate.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day on which rolling years end.")
@click.option("--json", "as_json", is_flag=True, help="Print the evaluation as JSON.")
def evaluate_person(
    file: str,
    entries: str,
    year: int,
    level: str | None,
    first_certificate: datetime | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Evaluate the ENTRIES (a CSV or spreadsheet) of one person under the pack FILE.

    Columns: earned_on, subject, form, hours, credits, exam, source, and if wanted days, course, activity, makeup_for,
    frozen. Ends with 1 for an invalid pack and with 2, naming every bad row, for a bad list.
    """
    pack = _pack(file)
    try:
        evaluation = evaluate(
            _read_entries(entries, pack),
            pack,
            year,
            level=level,
            obligation_start=first_certificate.date() if first_certificate else None,
            as_of=as_of.date() if as_of else None,
        )
    except RuleError as refusal:
        _refuse(refusal.message)
    if as_json:
        click.echo(json.dumps(evaluation.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(evaluation, pack)


def _pack(file: str) -> Policy:
    try:
        return read_pack(file)
    except InvalidPack as refusal:
        for path, sentence in refusal.problems:
            click.echo(f"{path}：{sentence}", err=True)
        click.echo(f"学分政策文件有 {len(refusal.problems)} 处问题，请改正后重试", err=True)
        sys.exit(INVALID)
    except NoSuchPack as refusal:
        _refuse(refusal.message)


def _read_entries(file: str, pack: Policy) -> list[Entry]:
    try:
        data = Path(file).read_bytes()
    except (OSError, ValueError):
        _refuse(f"不能读取文件“{file}”，请检查文件名和权限")
    table = check_entry_rows(read_sheet(data, file, table=ENTRIES), pack)
    for note in [*table.notes, *(f"第{row}行是{reason}，没有读取" for row, reason in table.skipped.items())]:
        click.echo(f"注意：{note}", err=True)
    if table.rejected:
        for row in table.rejected:
            for problem in row.problems:
                click.echo(f"第{row.excel_row}行“{ENTRIES.label(problem.column)}”：{problem.reason}", err=True)
        _refuse(f"{len(table.rejected)} 行有误，没有计算，请改正后重试")
    return [row.value for row in table.rows if row.value is not None]


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(BAD_INPUT)


def _print(evaluation: Evaluation, pack: Policy) -> None:
    click.echo(f"{pack.name}（{pack.key}）")
    click.echo(f"{evaluation.year} 年度：{evaluation.starts_on} 至 {evaluation.ends_on}")
    click.echo(evaluation.summary)
    if evaluation.frozen and evaluation.compliant_with_frozen != evaluation.compliant:
        click.echo("如解除冻结，则已达到年度要求")
    click.echo()
    for number, step in enumerate(evaluation.trace, 1):
        origin = f"第 {step.article} 条" if step.article else step.source
        rows = f"［第 {'、'.join(map(str, step.entries))} 行］" if step.entries else ""
        click.echo(f"{number:>3}. {step.sentence}{rows}（{step.rule}{'，' + origin if origin else ''}）")
