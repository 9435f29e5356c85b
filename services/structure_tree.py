"""What screen readers follow through a paper (ISO 32000-1, 14.8), where the library leaves a part out."""

from typing import Any

import pydyf


def link_running_blocks(pdf: Any) -> None:
    """Let blocks that the style sheet runs in a margin be read out too, after everything else.

    WeasyPrint makes their elements, but hangs none of them into the tree: most margins repeat a page number. Ours hold
    the issuing unit, the day and how to verify the paper.
    """
    dictionaries = (each for each in pdf.objects if isinstance(each, pydyf.Dictionary))
    elements = [each for each in dictionaries if each.get("Type") == "/StructElem"]
    (whole,) = [each for each in elements if each["S"] == "/Document"]
    linked = set(whole["K"])
    for each in elements:
        if each["S"] == "/Div" and each["P"] == whole.reference and each.reference not in linked:
            whole["K"].append(each.reference)
