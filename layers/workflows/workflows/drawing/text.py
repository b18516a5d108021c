"""How wide text is, roughly, and its beginning where it is too wide: what draws knows no fonts."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

_NARROW = frozenset("iljtfrI.,:;!'|()[]{}/\\ -")
_WIDE = frozenset("mwMW@%&OQGDNHU_")


def text_width(text: str, size: float) -> float:
    """The width of a line of text in a sans-serif font of a size, at most in all but a few fonts."""
    return sum(map(_em, text)) * size


def fitted(text: str, size: float, width: float) -> str:
    """As much of a line as fits into a width; where that is not all, it ends in an ellipsis."""
    line = " ".join(text[:300].split())
    if text_width(line, size) <= width and len(text) <= 300:
        return line
    left = width - text_width("…", size)
    for end, character in enumerate(line):
        left -= _em(character) * size
        if left < 0:
            return line[:end].rstrip() + "…"
    return line + "…"


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.38
    if character in _WIDE:
        return 0.93
    if combining(character):
        return 0.0
    if character < "\x7f":
        return 0.7 if character.isupper() else 0.62
    # What is escaped becomes several characters.
    if not character.isprintable():
        return 4.0
    return 1.4 if east_asian_width(character) in "WF" or character > "\uffff" else 0.8
