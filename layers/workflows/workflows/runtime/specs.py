"""What a version of a workflow says of its nodes: it never changes, so a process fetches it once."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.domain.workflow import NodeSpec
from workflows.runtime.segment import Segment
from workflows.runtime.stores import Stores

_CACHED = 2_000
_specs: dict[tuple[str, int, str], NodeSpec] = {}
_result_nodes: dict[tuple[str, int], tuple[str, ...]] = {}


def load_specs(segment: Segment, node_ids: Sequence[str], stores: Stores) -> dict[str, NodeSpec]:
    """The specs of some nodes of the segment's workflow, by id."""
    keys = {node_id: (segment.workflow_id, segment.version, node_id) for node_id in node_ids}
    missing = [node_id for node_id, key in keys.items() if key not in _specs]
    if missing:
        if len(_specs) > _CACHED:
            _specs.clear()
            missing = list(keys)
        found = stores.workflows.specs(segment.workflow_id, segment.version, missing)
        _specs.update({keys[node_id]: spec for node_id, spec in found.items()})
    return {node_id: _specs[key] for node_id, key in keys.items()}


def load_result_nodes(segment: Segment, stores: Stores) -> tuple[str, ...]:
    """The nodes that make up an execution's result."""
    key = segment.workflow_id, segment.version
    if key not in _result_nodes:
        if len(_result_nodes) > _CACHED:
            _result_nodes.clear()
        _result_nodes[key] = stores.workflows.result_nodes(*key)
    return _result_nodes[key]
