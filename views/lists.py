"""Pages of long lists: the size and place from the query string."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_sqlalchemy.pagination import Pagination, SelectPagination
from sqlalchemy import Select

from models import db

PAGE_SIZE = 50
# Further than any list goes: a larger number would be an error in the database instead of an empty page.
_LAST_PAGE = 1_000_000


def _page() -> int:
    """The page this request asks for."""
    return min(max(1, request.args.get("page", 1, type=int)), _LAST_PAGE)


class RowPagination(SelectPagination):
    """Flask-SQLAlchemy's pagination for statements that select columns: the items are rows, not the first column."""

    def _query_items(self) -> list[Any]:
        select = self._query_args["select"].limit(self.per_page).offset(self._query_offset)
        return list(self._query_args["session"].execute(select))


class ListPagination(Pagination):
    """The same of a list that is in memory already."""

    def _query_items(self) -> list[Any]:
        return list(self._query_args["items"][self._query_offset : self._query_offset + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["items"])


def page_of_list(items: Sequence[Any], *, per_page: int = PAGE_SIZE) -> ListPagination:
    """The page of this request out of a list."""
    return ListPagination(items=items, page=_page(), per_page=per_page, max_per_page=200, error_out=False)


def page_of_rows(query: Select[*tuple[Any, ...]], *, per_page: int = PAGE_SIZE) -> RowPagination:
    """The page of this request; a number past the end shows the last words of an empty list, not an error."""
    return RowPagination(**_asked_for(query, per_page))


def page_of_objects(query: Select[Any], *, per_page: int = PAGE_SIZE) -> SelectPagination:
    """The same of a statement that selects rows of one table: the items are its objects."""
    return SelectPagination(**_asked_for(query, per_page))


def _asked_for(query: Select[Any], per_page: int) -> dict[str, Any]:
    return {
        "select": query,
        "session": db.session(),
        "page": _page(),
        "per_page": per_page,
        "max_per_page": 200,
        "error_out": False,
    }
