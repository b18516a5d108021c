"""Nodes by themselves: their functions on moto, without an execution around them."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import pytest

from tests.functions import load
from workflows.compiler.node_types import node_type
from workflows.domain.errors import NodeError
from workflows.domain.node_record import NodeRecord
from workflows.domain.workflow import Node
from workflows.runtime.environment import Environment
from workflows.runtime.masks import Masks
from workflows.runtime.node import NodeContext

_ENTRY = {"storage": "storage", "database": "database", "lambda": "invoke"}


def context_of(kind: str, config: dict[str, Any], *, owner: str = "owner", **inputs: Any) -> NodeContext:
    """What a node of that type gets whose config is good."""
    found = node_type(kind)
    assert found is not None
    values, problems = found.read_config(config, "")
    assert not problems
    environment = SimpleNamespace(
        snapshot=SimpleNamespace(execution=SimpleNamespace(owner_id=owner)),
        lookup_with=lambda known: lambda source: {"inputs": inputs, "variables": {}, **known},
    )
    seconds = found.bound_seconds(values)
    return NodeContext(
        node=Node(id="it", type=found.name, config=values),
        environment=cast(Environment, environment),
        log=Mock(masks=Masks()),
        deadline=time.time() + seconds + 10,
        bound_seconds=seconds,
        idempotency_key="execution/it",
        cancellation=Mock(),
        record=NodeRecord("e", "it", "running"),
    )


def result_in(context: NodeContext) -> Any:
    """What a node makes."""
    entry = _ENTRY[context.node.type]
    return getattr(load(f"nodes/{context.node.type}"), entry)(context).output


def result_of(kind: str, config: dict[str, Any], **settings: Any) -> Any:
    """What such a node makes."""
    return result_in(context_of(kind, config, **settings))


def error_of(kind: str, config: dict[str, Any], **settings: Any) -> NodeError:
    """How such a node fails."""
    with pytest.raises(NodeError) as caught:
        result_of(kind, config, **settings)
    return caught.value


def problems_of(kind: str, config: dict[str, Any]) -> list[str]:
    """Where the compiler finds fault with the config of such a node."""
    found = node_type(kind)
    assert found is not None
    return sorted(problem.pointer for problem in found.read_config(config, "")[1])
