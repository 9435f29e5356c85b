"""Policy packs as files: those shipped in policies/, or any other; needs no database."""

from pathlib import Path

from domain.errors import RuleError
from domain.policy import Policy
from domain.policy_pack import parse_pack

FOLDER = Path(__file__).parent.parent / "policies"
_MOST_BYTES = 4_000_000


class NoSuchPack(RuleError):
    """Neither a file nor a shipped pack has this name."""

    code = "no_such_pack"


def shipped() -> list[str]:
    """The keys of the packs shipped with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def read_pack(name: str) -> Policy:
    """The pack of this file, or the shipped pack of this key. NoSuchPack, or InvalidPack with every problem."""
    return parse_pack(read_text(name))


def read_text(name: str) -> str:
    """The text of this file, or of the shipped pack of this key. Raises NoSuchPack."""
    path = Path(name)
    if name in shipped():
        path = FOLDER / f"{name}.json"
    try:
        if not path.is_file():
            raise NoSuchPack(f"没有学分政策文件“{name}”，可用的政策有：{'、'.join(shipped())}，也可以写出文件的路径")
        if path.stat().st_size > _MOST_BYTES:
            raise NoSuchPack(f"文件“{name}”过大，不是学分政策文件")
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise NoSuchPack(f"文件“{name}”不是 UTF-8 编码的文字，请另存为 UTF-8 编码的 JSON 文件") from None
    except (OSError, ValueError):
        raise NoSuchPack(f"不能读取文件“{name}”，请检查文件名和权限") from None
