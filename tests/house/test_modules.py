"""Modules are named for what they are about, open by saying it, and stay short; `tables/` holds tables only."""

import ast

import models
from tests.house.sources import all_modules, modules

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "extensions", "base"}
MOST_LINES = 400

TABLES = [
    node
    for module in modules()
    if module.room == "tables"
    for node in ast.parse(module.text).body
    if isinstance(node, ast.ClassDef) and [ast.unparse(base) for base in node.bases] == ["Model"]
]


def test_a_module_is_named_for_what_it_is_about() -> None:
    parts = {module.path: set(module.path.removesuffix(".py").split("/")) for module in all_modules()}
    assert [path for path in parts if parts[path] & VAGUE] == []
    assert len(parts) > 400


def test_a_module_opens_by_saying_what_it_is_for() -> None:
    first = {each.path: (each.said or "").partition("\n")[0].strip() for each in all_modules() if each.text.strip()}
    assert {path: said for path, said in first.items() if not said.endswith((".", ":", "。"))} == {}


def test_a_module_stays_short() -> None:
    lengths = {module.path: len(module.text.splitlines()) for module in modules()}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_no_comment_puts_work_off() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    lines = [f"{module.path}: {line}" for module in all_modules() for line in module.text.splitlines()]
    assert [line for line in lines if any(word in line for word in words)] == []


def test_a_table_is_columns_and_constraints() -> None:
    wrong = [table.name for table in TABLES if not ast.get_docstring(table)]
    for table in TABLES:
        for node in table.body[1:]:
            allowed = isinstance(node, ast.Assign | ast.AnnAssign) or getattr(node, "name", "") == "__repr__"
            wrong += [] if allowed else [f"{table.name}: line {node.lineno}"]
    assert wrong == [], "no docstring, or a line that is neither a column, a relationship nor a constraint"


def test_models_names_every_table() -> None:
    assert len(TABLES) > 10
    assert {table.name for table in TABLES} <= set(models.__all__)
