"""Short ways to write workflow documents in tests."""

from __future__ import annotations

from typing import Any

from workflows.compiler.targets import Targets

TARGETS = Targets("arn:aws:lambda:us-east-1:123456789012:function:workflows-")

CONFIGS: dict[str, dict[str, Any]] = {
    "transform": {"value": 1},
    "condition": {"expression": "{{ inputs.go }}"},
    "switch": {"cases": [{"case": "a", "when": "{{ true }}"}, {"case": "b", "when": "{{ true }}"}]},
    "http": {"url": "https://example.com"},
    "delay": {"seconds": 1},
    "approval": {"message": "May it go on?", "expires_in_seconds": 60},
    "workflow": {"workflow_id": "another"},
}


def node(node_id: str, kind: str = "transform", **fields: Any) -> dict[str, Any]:
    """Returns a node with a good config for its type."""
    return {"id": node_id, "type": kind, "config": CONFIGS.get(kind, {}), **fields}


def document(nodes: list[dict[str, Any]], *edges: str) -> dict[str, Any]:
    """Returns a workflow; an edge is written `source target` or `source target when`."""
    keys = ("source", "target", "when")
    return {"nodes": nodes, "edges": [dict(zip(keys, edge.split(), strict=False)) for edge in edges]}
