"""An employer asks to be admitted: the form, the check of answers, and the applicant's private page."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from forms.registration import RegistrationForm
from models import EmployerRegistration
from services import case_history, cases, files, registrations, throttle
from services.transaction import transaction
from views.access import anyone
from views.downloads import download

bp = Blueprint("registration", __name__, url_prefix="/register")


@bp.after_request
def _keep_nowhere(response: Response) -> Response:
    # The address of the private page is its secret.
    response.headers["Cache-Control"] = "no-store"
    if request.view_args:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("")
@anyone
def new():
    return _form_page(_form(formdata=None))


@bp.post("")
@anyone
def create():
    form = _form()
    licence = _licence(form, required=True)
    if not form.errors and licence is not None:
        try:
            with transaction():
                throttle.count("registration", address=request.remote_addr or "")
                case_id = registrations.draft(form.data, licence).case_id
            return redirect(url_for(".check", token=registrations.access_token(case_id)), 303)
        except registrations.Taken as refusal:
            form.uscc.errors = [refusal.message]
        except throttle.TooMany as refusal:
            form.form_errors.append(refusal.message)
    return _form_page(form, status=422)


def _form(**data) -> RegistrationForm:
    form = RegistrationForm(**data)
    form.region_code.choices = [("", "请选择"), *registrations.region_choices()]
    return form


def _licence(form: RegistrationForm, *, required: bool) -> registrations.Licence | None:
    """Check the form and its paper together, so that everything that is wrong is said at once."""
    form.validate()
    upload = form.licence.data
    if not upload:
        if required:
            form.licence.errors = ["请上传营业执照或登记证书的照片或扫描件"]
        return None
    data = upload.read()
    try:
        licence = registrations.Licence(
            data=data, name=upload.filename or "", media_type=files.check(data, files.DOCUMENT)
        )
        licence.shown  # noqa: B018 - drawn now, and kept
    except files.BadFile as refusal:
        form.licence.errors = [refusal.message]
        return None
    if form.errors:
        # A browser does not send the file again by itself.
        form.licence.errors = ["其他内容有误，文件没有保存；更正后请重新选择文件"]
    return licence


def _form_page(form: RegistrationForm, registration: EmployerRegistration | None = None, token="", status=200):
    points = registrations.points(registration.case) if registration else []
    return render_template(
        "public/registration/form.html",
        form=form,
        registration=registration,
        token=token,
        licence=registrations.licence_of(registration.case) if registration else None,
        points={point.section: point.message for point in points},
        limits=files.DOCUMENT.limits,
    ), status


def _registration_or_404(token: str) -> EmployerRegistration:
    return registrations.find(token) or abort(404)


@bp.get("/<token>/edit")
@anyone
def edit(token: str):
    registration = _registration_or_404(token)
    if registration.case.state not in registrations.EDITABLE:
        return redirect(url_for(".show", token=token), 303)
    return _form_page(_form(formdata=None, obj=registration), registration, token)


@bp.post("/<token>/edit")
@anyone
def save(token: str):
    registration = _registration_or_404(token)
    form = _form()
    licence = _licence(form, required=registrations.licence_of(registration.case) is None)
    if form.errors:
        return _form_page(form, registration, token, 422)
    try:
        with transaction():
            registrations.change(registration, form.data, licence)
    except registrations.Taken as refusal:
        form.uscc.errors = [refusal.message]
        return _form_page(form, registration, token, 422)
    return redirect(url_for(".check", token=token), 303)


@bp.get("/<token>/check")
@anyone
def check(token: str):
    registration = _registration_or_404(token)
    if registration.case.state not in registrations.EDITABLE:
        return redirect(url_for(".show", token=token), 303)
    return render_template(
        "public/registration/check.html", registration=registration, rows=_rows(registration, token), token=token
    )


def _rows(registration: EmployerRegistration, token: str, *, change: bool = True) -> list[dict]:
    points = {point.section: point.message for point in registrations.points(registration.case)}
    return [
        {
            "label": label,
            "value": value,
            "change_url": f"{url_for('.edit', token=token)}#{key}" if change else None,
            # A point stands beside its field until the field is changed and handed in again.
            "error": points.get(key),
        }
        for key, label, value in registrations.rows(registration)
    ]


@bp.post("/<token>/submit")
@anyone
def submit(token: str):
    registration = _registration_or_404(token)
    with transaction():
        registrations.submit(registration)
    return redirect(url_for(".done", token=token), 303)


@bp.get("/<token>/done")
@anyone
def done(token: str):
    registration = _registration_or_404(token)
    if registration.case.submitted_at is None:
        return redirect(url_for(".check", token=token), 303)
    return render_template(
        "public/registration/done.html",
        registration=registration,
        case=registration.case,
        link=registrations.link_of(registration.case_id),
        token=token,
    )


@bp.get("/<token>")
@anyone
def show(token: str):
    registration = _registration_or_404(token)
    case = registration.case
    if case.state == "draft":
        return redirect(url_for(".check", token=token), 303)
    return render_template(
        "public/registration/show.html",
        registration=registration,
        case=case,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        rows=_rows(registration, token, change=False),
        points=[
            {"section": registrations.SECTIONS.get(point.section, point.section), "message": point.message,
             "url": f"{url_for('.edit', token=token)}#{point.section}"}
            for point in registrations.points(case)
        ],
        steps=case_history.timeline(case, registrations.SECTIONS),
        actions={move.action for move in cases.actions(case, registrations.applicant(registration))},
        licence=registrations.licence_of(case),
        token=token,
    )  # fmt: skip


@bp.post("/<token>/withdraw")
@anyone
def withdraw(token: str):
    registration = _registration_or_404(token)
    try:
        with transaction():
            registrations.withdraw(registration)
    except RuleError as refusal:
        flash(refusal.message, "danger")
        return redirect(url_for(".show", token=token), 303)
    flash("申请已撤回。需要时可以重新注册。", "success")
    return redirect(url_for(".show", token=token), 303)


@bp.get("/<token>/licence")
@anyone
def licence(token: str):
    registration = _registration_or_404(token)
    paper = registrations.licence_of(registration.case) or abort(404)
    return download(files.read(paper.file), paper.file.original_name, paper.file.media_type)
