"""Markup, of HTML and SVG, that cannot be left by text: all text is escaped unless it was made here."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.domain.visible_text import escaped


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | None | Iterable["Content"]
"""What is in an element; None is nothing."""

EMPTY = Markup()
_VOID = frozenset({"br", "hr", "input", "meta", "link"})


def tag(name: str, /, *content: Content, **attributes: str | float | bool | None) -> Markup:
    """An element.

    Args:
        attributes: None and False leave one out, True gives it no value; `_` in a name is a hyphen, and at
            its end nothing.
    """
    given = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{_text(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{given}>" if name in _VOID else f"<{name}{given}>{joined(*content)}</{name}>")


def joined(*content: Content) -> Markup:
    """Parts one after another."""
    return Markup("".join(map(_part, content)))


def _part(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    return escaped(content) if isinstance(content, str) else "".join(map(_part, content))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else escaped(str(value))
