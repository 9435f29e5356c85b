"""Choosing among an employer's staff: ticked on a list, or pasted as numbers."""

from collections.abc import Callable, Collection

from domain.errors import RuleError
from domain.people_lines import PersonLine
from domain.roles import Actor
from forms.enrolments import StaffForm
from models import db
from services import crypto, enrolments, registry

# A longer list is quicker pasted than ticked.
_MOST_TICKS = 300


def staff_choices(actor: Actor, there: Collection[int]) -> list[tuple[int, str]]:
    """The staff that agreed to be and is not on the list yet, with masked numbers."""
    rows = db.session.execute(registry.staff(actor).limit(_MOST_TICKS + len(there))).all()
    return [
        (row.id, f"{row.name}（{registry.masked_id(row)}）")
        for row in rows
        if row.state == "active" and row.id not in there
    ][:_MOST_TICKS]


def chosen_staff(form: StaffForm, actor: Actor, read: Callable[[str], list[PersonLine]]) -> list[int]:
    """The chosen people; what is wrong stands at the fields of the form."""
    form.people.choices = staff_choices(actor, ())
    if not form.validate():
        return []
    people = list(form.people.data or [])
    try:
        lines = read(form.numbers.data or "")
        known = registry.ids_by_blind_index(crypto.blind_index(line.number) for line in lines)
        own = enrolments.staff_among(actor.organization_id or 0, known.values())
        for line in lines:
            person = known.get(crypto.blind_index(line.number))
            if person not in own:
                raise RuleError(f"第 {line.line} 行：本单位职工名册中没有此人，请核对证件号码")
            people.append(person)
        if not people:
            raise RuleError("请勾选职工，或者粘贴证件号码")
    except RuleError as refusal:
        form.numbers.errors = [refusal.message]
    return list(dict.fromkeys(people))
