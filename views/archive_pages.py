"""What the pages about a teaching archive share, whoever opens them."""

from typing import Any

from flask import request, url_for

from domain.archive_rules import Item
from models import ActivityFiling
from services import archive_bundles, archives
from services.archives import STATES, Filters
from views.access import current_actor
from views.lists import page_of_rows


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
