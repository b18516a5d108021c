"""Logs on the deployed template, over HTTP: followed while they are written, and archived after the end."""

from __future__ import annotations

import gzip
import json
from typing import Any

import urllib3

from tests.e2e.users import ENDED, User
from tests.waiting import wait_for

SLOW: dict[str, Any] = {
    "name": "slow",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "rest", "type": "delay", "config": {"seconds": 2}},
        {"id": "end", "type": "end"},
    ],
    "edges": [{"source": "start", "target": "rest"}, {"source": "rest", "target": "end"}],
}


def archived(owner: User, execution_id: str) -> None:
    """Wait until the log has its archive: then it has an end."""
    wait_for(
        lambda: owner("GET", f"/executions/{execution_id}/logs").json()["next_cursor"],
        lambda cursor: cursor is None,
        seconds=90,
    )


def test_follower_gets_every_line_once_from_the_first_to_the_last(owner: User) -> None:
    execution_id = owner.execute(owner.save(SLOW))
    seen: list[Any] = []
    cursor = ""
    while True:
        query = f"wait_seconds=5&{'cursor=' + cursor if cursor else ''}"
        page = owner("GET", f"/executions/{execution_id}/logs?{query}").json()
        seen += page["logs"]
        assert page["total_logs"] == len(seen)
        cursor = page["next_cursor"]
        if any(line["message"] == "execution completed" for line in seen):
            break
    assert owner.get(execution_id)["status"] in ENDED
    assert seen[0]["message"] == "execution accepted"
    told = sorted((line["timestamp"], line["node_id"] or "", line["message"]) for line in seen)
    whole = owner("GET", f"/executions/{execution_id}/logs").json()["logs"]
    assert told == sorted((line["timestamp"], line["node_id"] or "", line["message"]) for line in whole)


def test_finished_log_is_archived_and_downloads_as_every_client_takes_it(
    owner: User, early_execution: str
) -> None:
    execution_id = early_execution
    owner.ended(execution_id)
    archived(owner, execution_id)
    lines = owner("GET", f"/executions/{execution_id}/logs").json()["logs"]
    path = f"/executions/{execution_id}/logs/download?format=jsonl"

    packed = owner("GET", path, headers={"Accept-Encoding": "gzip"}).json()
    answer = urllib3.request("GET", packed["download_url"], decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{packed["filename"]}"'
    assert [json.loads(line) for line in gzip.decompress(answer.data).splitlines()] == lines

    plain = owner("GET", path, headers={"Accept-Encoding": "identity"}).json()
    answer = urllib3.request("GET", plain["download_url"], decode_content=False)
    assert "Content-Encoding" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert [json.loads(line) for line in answer.data.splitlines()] == lines
