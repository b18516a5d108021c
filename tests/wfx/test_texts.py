"""No text of the server drives the terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.wfx.answers import line
from wfx.tables import log_line
from wfx.texts import cell, compact, json_line, json_text, plain


def is_harmless(text: str) -> bool:
    """Whether nothing in it is a control character, or turns the direction of writing round."""
    return not any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029\u202e\u2066\ud800" for c in text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ümlaut, 漢字, 🙂", "plain, ümlaut, 漢字, 🙂"),
        ("\x1b]0;title\x07\x1b[2J", "\\x1b]0;title\\x07\\x1b[2J"),
        ("a\r\nb\tc\x9b31m", "a\\r\\nb\\tc\\x9b31m"),
        ("\u202egnp.exe\u2028", "\\u202egnp.exe\\u2028"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(st.characters()))
def test_any_text_becomes_a_harmless_line(text: str) -> None:
    assert is_harmless(plain(text))
    assert is_harmless(log_line(line(text, node_id=text, more=text)).plain)


def test_markup_is_not_interpreted() -> None:
    console = Console(width=80, record=True, file=None)
    with console.capture() as captured:
        console.print(cell("[bold]x[/bold] [link=http://x]y[/link] :smile:"))
    assert captured.get().rstrip() == "[bold]x[/bold] [link=http://x]y[/link] :smile:"


@given(st.recursive(st.none() | st.integers() | st.text(st.characters()), st.lists))
def test_json_keeps_its_values_and_is_harmless(value: object) -> None:
    for raw in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        shown = json_line(f" {raw}\n")
        assert json.loads(shown) == value
        assert is_harmless(shown)
    assert json.loads(compact(value)) == value
    assert is_harmless(compact(value))
    assert json.loads(json_text(value)) == value
    assert is_harmless(json_text(value).replace("\n", ""))


def test_json_of_several_lines_becomes_one() -> None:
    assert json_line('{\n\t"a": 1\r\n}\n') == '{  "a": 1  }'
