"""Text that others wrote, as it may be shown: nothing in it acts, or hides what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping

ESCAPES: Mapping[int, str] = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (
        # Control characters, among them those that end lines and begin terminals' commands.
        *range(0x20),
        *range(0x7F, 0xA0),
        # Line and paragraph separators, and what turns the direction of writing round.
        *(0x2028, 0x2029, 0x200E, 0x200F, 0x061C),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
} | {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
"""How each of them is written; with `str.translate`."""

_IN_MARKUP = {code: text for code, text in ESCAPES.items() if chr(code) not in "\n\t"} | {
    # No characters of XML (https://www.w3.org/TR/xml/#charsets).
    **{code: f"\\u{code:04x}" for code in (0xFFFE, 0xFFFF, *range(0xD800, 0xE000))},
    **{ord(character): f"&#{ord(character)};" for character in "&<>\"'"},
}


def escaped(text: str) -> str:
    """The text as markup, in HTML and SVG alike: in an element or a quoted attribute it is text alone."""
    return text.translate(_IN_MARKUP)
