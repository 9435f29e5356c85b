"""The files of the repository, as the house tests read them."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

# What is not the program: its tests, its measurements, its maintainers' scripts.
_BESIDE = ("tests", "bench", "tools", "migrations")


@dataclass(frozen=True)
class Module:
    """What the house asks of a module; of its tree no more is kept, for those of all modules fill the memory.

    `said` is its docstring. `imported` are all modules it imports, anywhere in it, by full name; `from a import b`
    counts as `a.b`. `calls` are all calls in it as they are written (`db.session.commit`), each with its line.
    """

    path: str
    text: str
    said: str | None
    imported: frozenset[str]
    calls: tuple[tuple[str, int], ...]

    @property
    def room(self) -> str:
        """The top-level name it belongs to: `services` of services/cases.py, `app` of app.py."""
        return self.path.split("/")[0].removesuffix(".py")


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is in git or would be added to it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file())


@cache
def modules() -> tuple[Module, ...]:
    """The modules of the program."""
    return tuple(_parse(path) for path in _python_files() if path.parts[0] not in _BESIDE)


@cache
def all_modules() -> tuple[Module, ...]:
    """The modules of the program and what stands beside it."""
    return tuple(_parse(path) for path in _python_files())


def _python_files() -> list[Path]:
    return [path.relative_to(ROOT) for path in kept_files() if path.suffix == ".py"]


@cache
def _parse(path: Path) -> Module:
    text = (ROOT / path).read_text("utf-8")
    tree = ast.parse(text, str(path))
    names: set[str] = set()
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            calls.append((_written(node.func), node.lineno))
    return Module(
        path=path.as_posix(), text=text, said=ast.get_docstring(tree), imported=frozenset(names), calls=tuple(calls)
    )


def _written(called: ast.expr) -> str:
    # What `ast.unparse` says of any expression, and says thirty times as slowly.
    if isinstance(called, ast.Name):
        return called.id
    if isinstance(called, ast.Attribute):
        return f"{_written(called.value)}.{called.attr}"
    return ast.unparse(called)
