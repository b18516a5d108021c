"""Log lines as text, JSON and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.log_archive import LogFormat
from workflows.domain.log_chunk import Line
from workflows.services.log_formats import FILE_FORMATS, entry_of, text_lines

ABOUT = {"execution_id": "e", "workflow_id": "w"}
HOSTILE = "real\n[2026-01-01T00:00:00Z] ERROR [x] - forged\r\u2028\u202e\x1b[31m</script>"

lines_ = st.lists(
    st.tuples(
        st.integers(0, 4_000_000_000_000),
        st.just("chunk"),
        st.integers(0, 10),
        st.sampled_from(["INFO", "ERROR"]),
        st.none() | st.just("node-1"),
        st.text(),
        st.none() | st.dictionaries(st.text(min_size=1), st.none() | st.text() | st.integers(), min_size=1),
    ),
    max_size=5,
)


def line(message: str, fields: dict[str, Any] | None = None) -> Line:
    return 1_771_864_205_123, "chunk", 0, "INFO", "node-1", message, fields


def written(log_format: LogFormat, batches: Sequence[Sequence[Line]]) -> str:
    file_format = FILE_FORMATS[log_format]
    parts = [file_format.lines(batch, index == 0) for index, batch in enumerate(batches)]
    total = sum(map(len, batches))
    return "".join([file_format.head(ABOUT), *parts, file_format.tail(total)])


def test_text_line_is_the_contracts() -> None:
    assert text_lines([line("message")]) == "[2026-02-23T16:30:05Z] INFO [node-1] - message\n"


def test_text_line_shows_fields_as_json() -> None:
    text = text_lines([line("stored", {"rows": 3, "table": "a\nb"})])
    assert text == '[2026-02-23T16:30:05Z] INFO [node-1] - stored rows=3 table="a\\nb"\n'


@given(lines_)
def test_each_line_is_one_whatever_it_says(lines: list[Line]) -> None:
    entries = [entry_of(line).to_json() for line in lines]
    batches = [[line] for line in lines]

    assert len(written("text", batches).splitlines()) == len(lines)
    assert [json.loads(line) for line in written("jsonl", batches).splitlines()] == entries
    document = json.loads(written("json", batches))
    assert document == {**ABOUT, "total_logs": len(lines), "logs": entries}


@pytest.mark.parametrize("log_format", ["text", "json", "jsonl"])
def test_hostile_text_can_do_nothing(log_format: LogFormat) -> None:
    text = written(log_format, [[line(HOSTILE)]])

    assert not {"\x1b", "\r", "\u2028", "\u202e"} & set(text)
    assert text.count("forged") == 1
    if log_format == "text":
        assert text.count("\n") == 1
    else:
        assert "</script>" not in text
