"""The guide to adding a node type: what it shows works, and is as short as it says."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from workflows.domain.errors import NodeError

GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-node.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
ENTRY_LINES = 2
INVOKE_LINES = 1
REASON_LINES = 1


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_it_is_less_than_sixty_lines_of_work() -> None:
    lines = [line for _, block in BLOCKS for line in block.splitlines() if line.strip()]
    assert [kind for kind, _ in BLOCKS] == ["python", "python", "yaml"]
    assert len(lines) + ENTRY_LINES + INVOKE_LINES + REASON_LINES < 60


def test_type_checks_its_config() -> None:
    kind = executed(BLOCKS[0][1])["PUBLISH"]
    good = {"topic": "{{inputs.topic}}", "message": "Hello"}
    assert kind.read_config(good, "") == (good, [])
    _, problems = kind.read_config({"topic": 5, "more": 1}, "/config")
    assert [problem.pointer for problem in problems] == ["/config/topic", "/config/message", "/config/more"]


def test_function_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN_PREFIX", "arn:aws:sns:us-east-1:123456789012:workflow-")
    sns = Mock(publish=Mock(return_value={"MessageId": "m-1"}))
    monkeypatch.setattr("workflows.adapters.clients.client", lambda _: sns)
    publish = executed(BLOCKS[1][1])["publish"]
    fields: dict[str, Any] = {"topic": "orders", "message": "Hello"}
    assert publish(SimpleNamespace(field=fields.get)).output == {"message_id": "m-1"}
    topic = "arn:aws:sns:us-east-1:123456789012:workflow-orders"
    sns.publish.assert_called_once_with(TopicArn=topic, Message="Hello")
    fields["topic"] = None
    with pytest.raises(NodeError, match="topic"):
        publish(SimpleNamespace(field=fields.get))
