"""What the pages about a teaching archive share, whoever opens them."""

from typing import Any

from flask import request, url_for

from domain.archive_rules import Item
from forms.archives import RemarkForm
from models import ActivityFiling
from services import archive_bundles, archive_handovers, archives
from services.archives import STATES, Filters
from views.access import current_actor
from views.lists import page_of_objects, page_of_rows


def list_context(address: str) -> dict[str, Any]:
    """What shared/_archive_list.html shows: the archives this actor may open; `address` is the list's endpoint."""
    filters = Filters(search=request.args.get("q", "").strip()[:100], state=request.args.get("state", ""))
    return {
        "page": page_of_rows(archives.listing(current_actor(), filters), per_page=20),
        "filters": filters,
        "states": STATES,
        "list_url": url_for(f"{address}.index"),
        "show": f"{address}.show",
    }


def archive_context(filing: ActivityFiling) -> dict[str, Any]:
    """What shared/_archive.html and shared/_archive_bundles.html show."""
    archive = archives.of_filing(filing)
    return {
        "filing": filing,
        "case": filing.case,
        "archive": archive,
        "bundles": archive_bundles.of_filing(filing),
        "paper_labels": {item.value: item.label for item in Item},
    }


def _own_form(row_id: int) -> RemarkForm:
    """One form of several on a page: its field has a name of its own for the label."""
    form = RemarkForm(formdata=None)
    form.remark.id = f"remark-{row_id}"
    return form


def handover_context(address: str, remark: RemarkForm | None, refused: int) -> dict[str, Any]:
    """What shared/_archive_handovers.html shows; `refused` is the one whose form, `remark`, was refused."""
    actor = current_actor()
    page = page_of_objects(archive_handovers.listing(actor), per_page=20)
    lines = archive_handovers.lines_of(each.id for each in page.items)
    return {
        "page": page,
        "handovers": [
            {
                "row": each,
                "state": archive_handovers.STATES[each.state],
                "lines": lines[each.id],
                "receives": each.state == archive_handovers.OPEN and archive_handovers.is_receiver(each, actor),
                "form": remark if remark is not None and refused == each.id else _own_form(each.id),
                "gives": each.state == archive_handovers.OPEN and each.organization_id == actor.organization_id,
            }
            for each in page.items
        ],
        "address": address,
        "refused": refused,
    }
