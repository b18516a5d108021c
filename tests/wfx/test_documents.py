from __future__ import annotations

from pathlib import Path

import pytest

from wfx import documents
from wfx.errors import UsageFault


def test_file_is_sent_to_the_byte() -> None:
    Path("definition.json").write_bytes(b'{"a": 1.10, "n": 12345678901234567890}\n')
    assert documents.read("definition.json") == b'{"a": 1.10, "n": 12345678901234567890}\n'


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{'a': 1}", b"\xff", b"NaN", b'{"a": Infinity}', b"[" * 100_000]
)
def test_file_that_is_not_json_is_named(content: bytes) -> None:
    Path("definition.json").write_bytes(content)
    with pytest.raises(UsageFault, match=r"^definition\.json: not "):
        documents.read("definition.json")


@pytest.mark.parametrize("path", ["missing.json", ".", "a\0b"])
def test_file_that_cannot_be_read_is_named(path: str) -> None:
    with pytest.raises(UsageFault, match=r"^(missing|\.|a)"):
        documents.read(path)


def test_inputs_are_json_or_else_text() -> None:
    pairs = ["n=5", "s=five", 'q="5"', "l=[1, 2]", "e=a=b", "empty=", "nan=NaN", "half={"]
    assert documents.inputs(None, pairs) == {
        "n": 5,
        "s": "five",
        "q": "5",
        "l": [1, 2],
        "e": "a=b",
        "empty": "",
        "nan": "NaN",
        "half": "{",
    }


def test_pairs_overlay_the_inputs_of_a_file() -> None:
    Path("inputs.json").write_text('{"a": 1, "b": 2}')
    assert documents.inputs("inputs.json", ["b=3"]) == {"a": 1, "b": 3}


@pytest.mark.parametrize("pair", ["name", "=value", ""])
def test_pair_that_is_none_is_a_fault_of_usage(pair: str) -> None:
    with pytest.raises(UsageFault, match="NAME=VALUE"):
        documents.inputs(None, [pair])


def test_inputs_of_a_file_are_an_object() -> None:
    Path("inputs.json").write_text("[1]")
    with pytest.raises(UsageFault, match="a JSON object"):
        documents.inputs("inputs.json", [])
