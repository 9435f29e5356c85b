"""What a beneficiary or a mentor confirms, by the link that was sent to them; nobody signs in."""

from flask import Blueprint, Response, render_template

from domain.errors import RuleError
from forms.confirmations import LogAnswerForm, ServiceAnswerForm
from models import FilingConfirmation
from services import day_logs, filing_confirmations
from services.filing_confirmations import DeadLink, Kind
from services.transaction import transaction
from views.access import anyone

bp = Blueprint("confirmations", __name__, url_prefix="/confirm")


@bp.after_request
def _keep_nowhere(response: Response) -> Response:
    # The page names people, and its address is the key to it.
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _dead():
    return render_template("public/confirmations/dead.html", message=DeadLink.message), 404


@bp.get("/<token>")
@anyone
def show(token: str):
    asked = filing_confirmations.find(token)
    return _dead() if asked is None else _page(asked, token, _form(asked, formdata=None))


def _form(asked: FilingConfirmation, **how: object) -> ServiceAnswerForm | LogAnswerForm:
    return (ServiceAnswerForm if asked.kind == Kind.SERVICE else LogAnswerForm)(**how)


def _page(asked: FilingConfirmation, token: str, form: ServiceAnswerForm | LogAnswerForm, status: int = 200):
    filing = asked.filing
    is_service = asked.kind == Kind.SERVICE
    return render_template(
        "public/confirmations/service.html" if is_service else "public/confirmations/day_log.html",
        asked=asked,
        token=token,
        filing=filing,
        content=filing_confirmations.content_of(filing),
        planned=sum(session.hours_tenths for session in filing.sessions),
        entries=[] if is_service else day_logs.entries_of(asked),
        form=form,
    ), status


@bp.post("/<token>")
@anyone
def answer(token: str):
    asked = filing_confirmations.find(token)
    if asked is None:
        return _dead()
    form = _form(asked)
    if not form.validate():
        return _page(asked, token, form, 422)
    hours = form.hours.data if isinstance(form, ServiceAnswerForm) else None
    if hours is not None and (not hours.is_finite() or hours * 10 % 1 or not 0 < hours < 1000):
        form.hours.errors = ["学时应为大于 0 的数字，最多一位小数"]
        return _page(asked, token, form, 422)
    try:
        with transaction():
            filing_confirmations.answer(
                asked,
                agreed=form.answer.data == "yes",
                name=form.name.data,
                remark=form.remark.data or "",
                hours_tenths=int(hours * 10) if hours is not None else None,
            )
    except DeadLink:
        return _dead()
    except RuleError as refusal:
        field = form.hours if refusal.code == "hours" and isinstance(form, ServiceAnswerForm) else form.remark
        field.errors = [refusal.message]
        return _page(asked, token, form, 422)
    return render_template("public/confirmations/done.html", asked=asked)
