"""Saved queries of the template ask for what lines of the functions' logs really hold."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functions import ROOT
from tests.integration.callers import authorize
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from tests.integration.test_reconciler import stop_in_the_console
from tests.monitoring import of_type

QUERIES = {name: each["QueryString"] for name, each in of_type("AWS::Logs::QueryDefinition").items()}
# What Lambda and its runtime write beside our lines, where LogFormat is JSON:
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html.
OF_LAMBDA: list[dict[str, Any]] = [
    {
        "time": "2026-11-27T09:00:00.000Z",
        "type": "platform.report",
        "record": {
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "status": "success",
            "metrics": {
                "durationMs": 27.299,
                "billedDurationMs": 28,
                "memorySizeMB": 512,
                "maxMemoryUsedMB": 90,
                "initDurationMs": 390.1,
            },
        },
    },
    {
        "timestamp": "2026-11-27T09:00:00Z",
        "log_level": "ERROR",
        "errorMessage": "broken",
        "errorType": "RuntimeError",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "stackTrace": [],
    },
]


def names_in(line: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in line.items():
        if isinstance(value, dict):
            yield from names_in(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def names_asked(query: str) -> set[str]:
    """Fields of lines; what begins with `@` all lines have, and what follows `as` is made by the query."""
    made = set(re.findall(r"\bas (\w+)", query))
    bare = re.sub(r'"[^"]*"|/[^/]*/|\bas \w+|@\w+', " ", query)
    words = set(re.findall(r"\b[a-z_]\w*(?:\.\w+)*\b(?!\()", bare, re.IGNORECASE))
    commands = {
        "fields",
        "filter",
        "sort",
        "limit",
        "stats",
        "by",
        "desc",
        "asc",
        "and",
        "or",
        "in",
        "not",
        "like",
    }
    return words - commands - made


@pytest.fixture
def lines(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """Of requests that were done, refused and failed, of a refused credential, and of a repair."""
    caplog.set_level(logging.INFO)
    execution_id = world.accept(world.save(GREETING))
    assert world.call("get_execution", path={"execution_id": execution_id}, user="other").status == 404
    world.begin(execution_id)
    stop_in_the_console(world, execution_id)
    world.reconcile(after_seconds=61)
    with pytest.raises(Exception, match="Unauthorized"):
        authorize("Bearer nobody's")
    monkeypatch.setattr("workflows.services.executions.Executions.get", lambda *_: 1 // 0)
    assert world.call("get_execution", path={"execution_id": execution_id}).status == 500
    return [
        json.loads(_format(record)) for record in caplog.records if record.name == "workflow-execution-api"
    ]


def _format(record: logging.LogRecord) -> str:
    logger: Any = logging.getLogger("workflow-execution-api")
    formatted: str = logger.handlers[0].formatter.format(record)
    return formatted


@pytest.mark.parametrize("name", QUERIES)
def test_query_asks_for_what_lines_hold(name: str, lines: list[dict[str, Any]]) -> None:
    query = QUERIES[name]
    message = re.search(r'message = "(\w+)"', query)
    candidates = (
        [line for line in lines if line["message"] == message[1]] if message else [*lines, *OF_LAMBDA]
    )
    assert candidates
    assert names_asked(query)
    assert names_asked(query) <= {each for line in candidates for each in names_in(line)}


def test_words_that_are_looked_for_are_said_somewhere() -> None:
    sources = [
        path.read_text()
        for folder in ("functions", "layers/workflows")
        for path in (ROOT / folder).rglob("*.py")
    ]
    pattern = re.search(r"like /(.+)/", QUERIES["ThrottledQuery"])
    assert pattern
    said = [words for words in pattern[1].split("|") if " " in words]
    assert len(said) == 6
    for words in said:
        assert any(words in text for text in sources)
