"""What is registered of a person is changed only where the row before it is kept (docs/decisions/0021)."""

import re

from tests.house.sources import modules

CHANGES = re.compile(
    r"(update|delete)\((Technician|SkillCertificate|Employment)\)|insert\((SkillCertificate|Employment)\)"
    r"|\b(technician|person)\.name = "
)
# The demo city registers people who have no past.
FIRST = {"services/demo_people.py"}


def test_who_changes_the_register_keeps_what_was_there() -> None:
    changing = {module.path: module.text for module in modules() if CHANGES.search(module.text)}
    assert {path for path, text in changing.items() if "register_history.keep(" not in text} == FIRST
    assert len(changing) > len(FIRST)
