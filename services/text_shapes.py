"""Lines of text that were set before are not set again: days, numbers, labels and courses recur on every paper.

A quarter of a paper's time goes into asking Pango how wide the text of each cell is. The answer depends on the text,
its style and the width there is; it is kept beside the fonts, where WeasyPrint keeps what it knows of empty lines.
"""

import copy
from functools import cache, wraps
from types import ModuleType
from typing import Any

# Lines. A renderer that lives for weeks must not grow for weeks.
_MOST = 20_000
# What the library may read in setting text that needs no second line, besides the list of families.
_PROPERTIES = (
    "font_size", "font_style", "font_stretch", "font_weight", "font_kerning", "font_variant_ligatures",
    "font_variant_position", "font_variant_caps", "font_variant_numeric", "font_variant_alternates",
    "font_variant_east_asian", "font_feature_settings", "font_variation_settings", "font_language_override", "lang",
    "direction", "white_space", "letter_spacing", "word_spacing", "overflow_wrap", "text_decoration_line", "tab_size",
)  # fmt: skip


@cache
def keep(home: ModuleType, *borrowers: ModuleType) -> None:
    """From now on, in this process, the `split_first_line` of WeasyPrint's `home` is asked once for each line.

    `borrowers` are the modules that took it over under its name.
    """
    set_anew = home.split_first_line

    @wraps(set_anew)
    def split_first_line(
        text: str, style: Any, context: Any, max_width: float | None, justification_spacing: float,
        is_line_start: bool = True, minimum: bool = False,
    ) -> tuple[Any, ...]:  # fmt: skip
        known = style.font_config.__dict__.setdefault("lines_kept", {})
        asked = (text, max_width, justification_spacing, is_line_start, minimum)
        key = (*asked, tuple(style["font_family"]), *[style[name] for name in _PROPERTIES])
        line = known.get(key)
        if line is None:
            line = set_anew(text, style, context, max_width, justification_spacing, is_line_start, minimum)
            _, _, resume_at, *_ = line
            if resume_at is not None:
                return line
            if len(known) >= _MOST:
                known.clear()
            known[key] = line
        # Drawing wakes the line up in the style of its box, so each box has one to itself.
        layout, *measures = line
        return copy.copy(layout), *measures

    for module in (home, *borrowers):
        module.__dict__["split_first_line"] = split_first_line
