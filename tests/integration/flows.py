"""Definitions and parts of them, for the tests of the guard."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import flow


def start() -> dict[str, Any]:
    return {"id": "start", "type": "start"}


def transform(node_id: str, value: Any = None, **settings: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "config": {"value": value or node_id}, **settings}


def condition(node_id: str, expression: str) -> dict[str, Any]:
    return {"id": node_id, "type": "condition", "config": {"expression": f"{{{{{expression}}}}}"}}


def fetch(node_id: str, **settings: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "http", "config": {"url": "{{inputs.url}}"}, **settings}


def statuses(execution: dict[str, Any]) -> dict[str, str]:
    return {node_id: node["status"] for node_id, node in execution["nodes"].items()}


DIAMOND = flow(
    start(),
    condition("is-big", "inputs.n > 10"),
    transform("big"),
    transform("small"),
    transform("after-big"),
    {"id": "end", "type": "end"},
    edges=[
        ("start", "is-big"),
        ("is-big", "big", "true"),
        ("big", "after-big"),
        ("is-big", "small", "false"),
        ("after-big", "end"),
        ("small", "end"),
    ],
)
