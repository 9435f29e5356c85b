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
    """One module of the program, parsed."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The top-level name it belongs to: `services` of services/cases.py, `app` of app.py."""
        return self.path.split("/")[0].removesuffix(".py")

    def imported(self) -> set[str]:
        """Every module it imports, anywhere in it, by full name; `from a import b` counts as `a.b`."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}: write imports in full"
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        return names

    def calls(self) -> list[tuple[str, int]]:
        """Every call in it as it is written (`db.session.commit`), with its line."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return [(ast.unparse(node.func), node.lineno) for node in nodes]


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
    return Module(path=path.as_posix(), text=text, tree=ast.parse(text, str(path)))
