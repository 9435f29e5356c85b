"""`flask import`: tables into the register from the command line, with the rules of the pages."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from domain.errors import RuleError
from domain.staff_rows import STAFF
from models import Organization, db
from services import clock, spreadsheets, staff_import
from services.transaction import transaction

group = AppGroup("import", help="Tables into the register.")


@group.command("staff")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--employer", "uscc", required=True, help="The employer's unified social credit code.")
@click.option("--dry-run", is_flag=True, help="Check only; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array: excel_row, outcome, action, reasons, ...")
def staff(file: Path, uscc: str, dry_run: bool, as_json: bool) -> None:
    """Check a staff list row by row and, without --dry-run, import the accepted rows.

    Exit 0 when the file could be read, whatever its rows; 2 when it cannot be used at all.
    """
    organization = db.session.scalar(select(Organization).where(Organization.uscc == uscc.strip().upper()))
    if organization is None and not dry_run:
        raise click.ClickException(f"没有登记统一社会信用代码为 {uscc} 的单位，请先注册；只检查文件可加 --dry-run")
    if organization is None:
        click.echo(f"提示：{uscc} 尚未注册，只按规则检查文件", err=True)
    try:
        checked = staff_import.check(
            spreadsheets.read_sheet(file.read_bytes(), file.name, table=STAFF), today=clock.today()
        )
        if dry_run:
            plan = staff_import.plan(checked, organization)
        else:
            with transaction():
                plan = staff_import.plan(checked, organization)
                staff_import.write(plan)
    except RuleError as error:
        click.echo(error.message, err=True)
        raise SystemExit(2) from error
    if as_json:
        click.echo(json.dumps([_as_json(row) for row in plan.rows], ensure_ascii=False, indent=1))
    else:
        for row in plan.rows:
            said = "；".join(row.reasons + row.hints + row.changes)
            click.echo(f"第{row.excel_row}行 {_outcome(row)} {said}".rstrip())
        click.echo("，".join(f"{name} {count}" for name, count in plan.counts().items()))


def _outcome(row: staff_import.PlannedRow) -> str:
    return "reject" if row.outcome == "reject" else "accept"


def _as_json(row: staff_import.PlannedRow) -> dict[str, object]:
    return {
        "excel_row": row.excel_row,
        "outcome": _outcome(row),
        "action": row.outcome,
        "name": row.name,
        "id_masked": row.id_masked,
        "reasons": list(row.reasons),
        "hints": list(row.hints),
        "changes": list(row.changes),
    }
