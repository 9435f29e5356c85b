"""Modules are named for what they are about, open by saying it, and stay short; `tables/` holds tables only."""

import ast

import pytest

import models
from tests.house.sources import Module, all_modules, modules

VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "extensions", "base"}
MOST_LINES = 400

each_module = pytest.mark.parametrize("module", all_modules(), ids=lambda module: module.path)
TABLES = [
    node
    for module in modules()
    if module.room == "tables"
    for node in module.tree.body
    if isinstance(node, ast.ClassDef) and [ast.unparse(base) for base in node.bases] == ["Model"]
]


@each_module
def test_a_module_is_named_for_what_it_is_about(module: Module) -> None:
    assert not set(module.path.removesuffix(".py").split("/")) & VAGUE


@each_module
def test_a_module_opens_by_saying_what_it_is_for(module: Module) -> None:
    if not module.text.strip():
        return
    said = ast.get_docstring(module.tree)
    assert said
    assert said.splitlines()[0].strip().endswith((".", ":", "。"))


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_module_stays_short(module: Module) -> None:
    assert len(module.text.splitlines()) <= MOST_LINES


@each_module
def test_no_comment_puts_work_off(module: Module) -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    assert [line for line in module.text.splitlines() if any(word in line for word in words)] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_columns_and_constraints(table: ast.ClassDef) -> None:
    assert ast.get_docstring(table)
    for node in table.body[1:]:
        allowed = isinstance(node, ast.Assign | ast.AnnAssign) or getattr(node, "name", "") == "__repr__"
        assert allowed, f"line {node.lineno} is neither a column, a relationship nor a constraint"


def test_models_names_every_table() -> None:
    assert len(TABLES) > 10
    assert {table.name for table in TABLES} <= set(models.__all__)
