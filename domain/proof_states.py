"""What the state of a proof is called: the same words to its owner, to officers, and to strangers."""

LABELS = {
    "issuing": "正在生成",
    "valid": "有效",
    "superseded": "已被替代",
    "changed": "内容已变更",
    "revoked": "已撤销",
    "failed": "没有开成",
}


def said(state: str, superseded_by_id: int | None) -> str:
    """The key of the label: superseded by no newer proof means that what it rests on was taken back (P-31)."""
    return "changed" if state == "superseded" and superseded_by_id is None else state
