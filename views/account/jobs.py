"""The progress of something the worker does for somebody, on a page of its own."""

from flask import Blueprint, abort, url_for

from services import jobs
from views.access import current_actor, safe_next, signed_in
from views.htmx import render_page_or_part

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

# What a kind of job is called. A handler that returns `url` (and `label`) says where its outcome is to be seen.
TITLES = {
    "staff_check": "检查花名册",
    "staff_apply": "导入花名册",
    "results_check": "检查成绩表",
    "results_apply": "导入成绩",
    "proof": "生成学分证明",
    "proof_batch": "批量开具学分证明",
    "archive_bundle": "生成档案核查包",
    "archive_destroy": "按清单销毁档案",
}


@bp.get("/<int:job_id>")
@signed_in
def show(job_id: int):
    job = jobs.find(job_id, seen_by=current_actor()) or abort(404)
    return render_page_or_part(
        "account/jobs/show.html",
        "shared/_job_progress.html",
        job=job,
        job_url=url_for(".show", job_id=job.id),
        title=TITLES.get(job.kind, "后台处理"),
        result_url=safe_next(job.result.get("url")),
        result_label=job.result.get("label"),
    )
