"""Whatever somebody typed is shown as text: every stored text of a world is made hostile, and every page is parsed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import tinyhtml5

from domain.roles import Role
from models import db
from tests.views import walk, world
from tests.views.walk import Visit, Walker
from tests.views.world import Site

# All of them look at the two worlds, which are built and walked once.
pytestmark = pytest.mark.xdist_group("worlds")

# Before each of the others, for each place a text may stand in.
ALWAYS = "'\"><u onclick=1>"
MARKUPS = (
    "<img src=x onerror=1>",
    "\" autofocus onfocus='1' x=\"",
    "{{7*7}}{% raw %}",
    "' hx-get='/evil' hx-trigger='load",
    "</title></textarea><script>1</script>",
    "\u202e<b>\u2066",
    "javascript:1//]]>-->",
    "<svg/onload=1>" + "长" * 10_000,
)
# What of the tables must be on some page; the rest is not shown to anybody, or not in these states.
SHOWN = {
    *("account.display_name", "organization.name", "technician.name", "cases.title"),
    *("case_step.actor_name", "case_step.remark", "supplement_item.message", "case_snapshot.content"),
    *("attachment.label", "stored_file.original_name", "notice.title", "notice.body", "activity_filing.draft"),
    *("employer_registration.name", "employer_registration.address", "employer_registration.contact_name"),
    *("import_row.name", "credit_entry.source_title", "result_report.evidence_note", "proof.facts"),
}
INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\u200b]")
# Texts that the makers of the worlds give no label to.
ALSO = {"attachment.label", "stored_file.original_name", "notice.title"}
MARK = re.compile(r"¤(\d+)¤")


class Poison:
    """Replaces every text that somebody of a world typed; remembers which mark stands for which column."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.columns: dict[int, str] = {}

    def pour(self) -> None:
        """Over every table, those included that nobody may change. Needs an app context; commits."""
        with db.engine.begin() as connection:
            if db.engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET session_replication_role = replica")
            else:
                guards = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
                for name in guards.all():
                    connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            for table in db.metadata.sorted_tables:
                self._table(connection, table)

    def _table(self, connection: sa.Connection, table: sa.Table) -> None:
        texts = [column for column in table.columns if isinstance(column.type, (sa.String, sa.JSON))]
        for row in connection.execute(sa.select(table)).mappings().all():
            changed = {}
            for column in texts:
                value = row[column.name]
                typed = self.label in json.dumps(value, ensure_ascii=False, default=str)
                if typed or f"{table.name}.{column.name}" in ALSO:
                    changed[column.name] = self._value(value, f"{table.name}.{column.name}", column.type)
            if changed:
                key = [column == row[column.name] for column in table.primary_key.columns]
                connection.execute(sa.update(table).where(*key).values(changed))

    def _value(self, value: Any, column: str, kind: Any) -> Any:
        if isinstance(value, str) and value.startswith("{"):
            return json.dumps(self._value(json.loads(value), column, kind), ensure_ascii=False)
        if isinstance(value, str):
            return self._text(column, kind) if self.label in value or column in ALSO else value
        if isinstance(value, list):
            return [self._value(each, column, kind) for each in value]
        if isinstance(value, dict):
            return {name: self._value(each, column, kind) for name, each in value.items()}
        return value

    def _text(self, column: str, kind: Any) -> str:
        """The next mark for this column and a markup before it; as much of it as the column holds."""
        mark = len(self.columns) + 1
        self.columns[mark] = column
        end = f"¤{mark}¤"
        # A long text only where it is allowed, and not in a draft, whose form says itself that it is too long.
        room = getattr(kind, "length", None) or (20_000 if column.endswith(("remark", "purpose", "body")) else 500)
        return self.markup(mark)[: room - len(end)] + end

    @staticmethod
    def markup(mark: int) -> str:
        return ALWAYS + MARKUPS[mark % len(MARKUPS)]


def poisoned(site: Site) -> tuple[Poison, list[Visit]]:
    poison = Poison(site.a.label)
    with site.app.app_context():
        poison.pour()
    walker = Walker(site.app)
    for role in (Role.EMPLOYER_CLERK, Role.TECHNICIAN, Role.COUNTY_OFFICER, Role.AUDITOR):
        walk.look_around(walker, world.sign_in_as(site, site.actor(role)), role.value, site, role)
    return poison, walker.visits


def parsed(page: str) -> Any:
    """The page as a browser understands it."""
    return tinyhtml5.parse(page, namespace_html_elements=False)


def strange(tree: Any) -> Iterator[str]:
    """What on the page no template of ours puts there."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            if MARK.search(str(element.text)):
                yield "a comment"
            continue
        for name, value in element.attrib.items():
            name = str(name)
            if name.startswith("on") or name == "style":
                yield f"<{element.tag} {name}>"
            if name in ("href", "src", "action", "formaction") and value.lower().startswith(("javascript:", "x")):
                yield f"<{element.tag} {name}={value[:40]}>"
            if name.startswith("hx-") and value.startswith("/evil"):
                yield f"<{element.tag} {name}={value[:40]}>"
        if element.tag == "script" and not element.get("src"):
            yield "<script>"
        if element.tag == "b" or (element.tag == "svg" and not element.get("class") and len(element) == 0):
            yield f"<{element.tag}>"


def words(tree: Any) -> str:
    """All texts and attributes of the page."""
    attributes = (value for element in tree.iter() if isinstance(element.tag, str) for value in element.attrib.values())
    return "\n".join((*tree.itertext(), *attributes))


def test_what_was_typed_is_text_on_every_page(spare_site: Site) -> None:
    poison, visits = poisoned(spare_site)
    assert [str(visit) for visit in visits if visit.status >= 500] == []
    shown, found, altered = set(), set(), set()
    for visit in visits:
        if not visit.is_page or not MARK.search(visit.text):
            continue
        tree = parsed(visit.text)
        found |= {f"{visit.endpoint}: {each}" for each in strange(tree)}
        text = words(tree)
        for match in MARK.finditer(text):
            column, markup = poison.columns[int(match[1])], poison.markup(int(match[1]))
            shown.add(column)
            # Signs that turn the line round may be taken out; what else was typed stays as it is.
            if not INVISIBLE.sub("", text[: match.start()]).endswith(INVISIBLE.sub("", markup)[-12:]):
                altered.add(f"{visit.endpoint} {column}")
    assert found == set()
    assert altered == set()
    assert SHOWN - shown == set()
    files = [visit.headers["Content-Disposition"] for visit in visits if "Content-Disposition" in visit.headers]
    assert len(files) > 5
    # No name of a file ends the header that carries it.
    assert [name for name in files if not re.fullmatch(r"(attachment|inline); filename\*=UTF-8''[\w.%~-]+", name)] == []


@pytest.mark.parametrize("markup", MARKUPS[:6])
def test_what_is_searched_for_comes_back_as_text(site: Site, visits: list[Visit], markup: str) -> None:
    """Every list says what it was asked for."""
    walker = Walker(site.app)
    asked = walk.Listening.asked
    for role in (Role.EMPLOYER_CLERK, Role.COUNTY_OFFICER, Role.AUDITOR):
        client = world.sign_in_as(site, site.actor(role))
        for rule in walk.rules(site.app):
            if "GET" not in rule.methods or rule.arguments or not walk.may(role, walk.access_of(site.app, rule)):
                continue
            names = asked.get(rule.endpoint, set())
            if names:
                url = rule.build({})[1]
                walker.go(client, role.value, rule, "GET", url, query_string=dict.fromkeys(names, markup + "¤1¤"))
    pages = [visit for visit in walker.visits if visit.is_page and MARK.search(visit.text)]
    assert {f"{visit.endpoint}: {each}" for visit in pages for each in strange(parsed(visit.text))} == set()
    echoed = {visit.endpoint for visit in pages}
    assert {"staff.index", "bureau.cases", "register.index"} <= echoed


def test_the_parser_sees_what_a_browser_would_do() -> None:
    around = ("<p>{}</p>", '<p title="{}">a</p>', "<p title='{}'>a</p>", '<a href="{}">a</a>')
    for markup in MARKUPS:
        pages = [parsed(each.replace("{}", markup)) for each in around]
        assert any(list(strange(page)) for page in pages) or "{{" in markup, markup
