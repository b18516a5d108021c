"""Texts of the server, made fit for a terminal.

Whoever writes a log line, a name or a question must not be able to move the cursor, set a title, or turn the
direction of writing round. So control characters are shown, never sent.
"""

from __future__ import annotations

import json
from typing import Any

from rich.text import Text

_CONTROLS = (
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0x2028, 0x2029, 0x200E, 0x200F, 0x061C),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    # Halves of pairs, which JSON can spell and no encoding can.
    *range(0xD800, 0xE000),
)
_IN_TEXT = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}
_IN_JSON = {code: f"\\u{code:04x}" for code in _CONTROLS if code >= 0x20}
_IN_JSON_LINE = _IN_JSON | {ord("\n"): " ", ord("\r"): " ", ord("\t"): " "}


def plain(value: object) -> str:
    """A text in one line, its control characters escaped; nothing for None."""
    text = "" if value is None else str(value)
    return text if text.isprintable() else text.translate(_IN_TEXT)


def cell(value: object, style: str = "") -> Text:
    """A text for Rich, which takes nothing in it for markup."""
    return Text(plain(value), style=style)


def json_text(value: Any) -> str:
    """A value as JSON for people, in as many lines as it takes."""
    return json.dumps(value, indent=2, ensure_ascii=False).translate(_IN_JSON)


def json_line(text: str) -> str:
    """JSON as it came, in one line: the same values, control characters spelt as JSON spells them.

    Outside of its strings JSON has no control characters but white space, and within them no line ends.
    """
    return text.strip().translate(_IN_JSON_LINE)


def compact(value: Any) -> str:
    """A value as JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_JSON_LINE)
