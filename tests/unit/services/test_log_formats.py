"""Log lines as text, JSON and JSON lines."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.log_entry import LogEntry
from workflows.services.log_formats import as_json, as_jsonl, as_text, text_line

ABOUT = {"execution_id": "e", "workflow_id": "w"}

entries = st.lists(
    st.builds(
        LogEntry,
        st.just("2026-02-23T16:30:05.123Z"),
        st.sampled_from(["INFO", "ERROR"]),
        st.none() | st.just("node-1"),
        st.text(),
    ),
    max_size=5,
)


def test_text_line_is_the_contracts() -> None:
    entry = LogEntry("2026-02-23T16:30:05.123Z", "INFO", "node-1", "message")
    assert text_line(entry) == "[2026-02-23T16:30:05Z] INFO [node-1] - message"


@given(entries)
def test_every_entry_is_one_line_whatever_it_says(lines: list[LogEntry]) -> None:
    assert len(as_text(ABOUT, lines).decode().splitlines()) == len(lines)
    assert [json.loads(line) for line in as_jsonl(ABOUT, lines).split(b"\n") if line] == [
        entry.to_json() for entry in lines
    ]
    document = json.loads(as_json(ABOUT, lines))
    assert (document["total_logs"], document["execution_id"]) == (len(lines), "e")
    assert document["logs"] == [entry.to_json() for entry in lines]
