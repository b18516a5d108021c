"""What is stored of a workflow: its current state, its versions, and their nodes' configs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from workflows.domain.loop import LoopBody
from workflows.domain.payload import encode
from workflows.domain.workflow import Edge, Join, JsonValue, Node, NodeSpec, Retry, Visibility
from workflows.domain.workflow_names import name_key

CURRENT_RECORD = "current"
COUNT_RECORD = "count"
"""Of a counter, which has the name of a list where others have a workflow's id."""


def version_record(version: int) -> str:
    """Sort key of a version; the versions of a workflow sort by number."""
    return f"v#{version:06d}"


def node_record(version: int, node_id: str) -> str:
    return f"{version_record(version)}#node#{node_id}"


def result_record(version: int) -> str:
    return f"{version_record(version)}#result"


def graph_record(version: int) -> str:
    return f"{version_record(version)}#graph"


def definition_record(version: int) -> str:
    return f"{version_record(version)}#definition"


PUBLIC_SCOPE = "public"
"""Partition of the indexes over public workflows."""


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """The record `current`: what a workflow is now. Times are ISO 8601 UTC.

    Attributes:
        version: The one that is executed by default.
        deleted_at: When it was deleted; it is kept while executions may need it.
    """

    workflow_id: str
    owner_id: str
    name: str
    visibility: Visibility
    version: int
    created_at: str
    updated_at: str
    description: str | None = None
    deleted_at: str | None = None

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "workflow_id": self.workflow_id,
            "record": CURRENT_RECORD,
            "owner_id": self.owner_id,
            "name": self.name,
            "name_key": name_key(self.name, self.workflow_id),
            "description": self.description,
            "visibility": self.visibility,
            "version": self.version,
            "last_version": self.version,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "public_scope": PUBLIC_SCOPE if self.visibility == "public" else None,
        }
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> WorkflowRecord:
        return cls(
            workflow_id=item["workflow_id"],
            owner_id=item["owner_id"],
            name=item["name"],
            visibility=item["visibility"],
            version=item["version"],
            created_at=item["created_at"],
            updated_at=item["updated_at"],
            description=item.get("description"),
            deleted_at=item.get("deleted_at"),
        )


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """The record `v#<version>`: what an execution of this version needs at its start.

    Attributes:
        visibility: The workflow's in this version.
        variables: The workflow's, as JSON text.
        inputs_schema: What inputs must be like, as JSON text; None: anything.
        timeout_seconds: How long an execution may run; None: as long as Step Functions lets it.
        max_concurrent_executions: How many may run at once; None: any number.
        clean_up_arn: The state machine that runs after a cancel, if any is to.
        clean_up_seconds: How long that may take.
    """

    workflow_id: str
    version: int
    visibility: Visibility
    state_machine_arn: str
    variables: str
    created_at: str
    inputs_schema: str | None = None
    timeout_seconds: int | None = None
    max_concurrent_executions: int | None = None
    clean_up_arn: str | None = None
    clean_up_seconds: int | None = None

    def to_item(self) -> dict[str, Any]:
        item: dict[str, Any] = {
            "workflow_id": self.workflow_id,
            "record": version_record(self.version),
            "version": self.version,
            "visibility": self.visibility,
            "state_machine_arn": self.state_machine_arn,
            "variables": self.variables,
            "created_at": self.created_at,
            "inputs_schema": self.inputs_schema,
            "timeout_seconds": self.timeout_seconds,
            "max_concurrent_executions": self.max_concurrent_executions,
            "clean_up_arn": self.clean_up_arn,
            "clean_up_seconds": self.clean_up_seconds,
        }
        return {name: value for name, value in item.items() if value is not None}

    @classmethod
    def from_item(cls, item: dict[str, Any]) -> VersionRecord:
        return cls(
            workflow_id=item["workflow_id"],
            version=item["version"],
            visibility=item["visibility"],
            state_machine_arn=item["state_machine_arn"],
            variables=item["variables"],
            created_at=item["created_at"],
            inputs_schema=item.get("inputs_schema"),
            timeout_seconds=item.get("timeout_seconds"),
            max_concurrent_executions=item.get("max_concurrent_executions"),
            clean_up_arn=item.get("clean_up_arn"),
            clean_up_seconds=item.get("clean_up_seconds"),
        )


@dataclass(frozen=True, slots=True)
class GraphNode:
    """What one must know of a node to present its state: no config."""

    id: str
    type: str
    join: Join
    incoming: tuple[Edge, ...]


def graph_of(specs: Iterable[NodeSpec]) -> tuple[GraphNode, ...]:
    """The nodes outside loops, each after its predecessors."""
    by_id = {spec.node.id: spec for spec in specs if not spec.loops}
    sorter = TopologicalSorter({id_: [edge.source for edge in spec.incoming] for id_, spec in by_id.items()})
    return tuple(
        GraphNode(id_, spec.node.type, spec.node.join, spec.incoming)
        for id_ in sorter.static_order()
        for spec in [by_id[id_]]
    )


def graph_to_json(graph: Iterable[GraphNode]) -> str:
    return encode(
        [[node.id, node.type, node.join, [[e.source, e.when] for e in node.incoming]] for node in graph]
    )


def graph_from_json(text: str) -> tuple[GraphNode, ...]:
    return tuple(
        GraphNode(id_, type_, join, tuple(Edge(source, id_, when) for source, when in incoming))
        for id_, type_, join, incoming in json.loads(text)
    )


def spec_to_item(workflow_id: str, version: int, spec: NodeSpec) -> dict[str, Any]:
    """The item of a node's config in a version."""
    node = spec.node
    text: JsonValue = {
        "type": node.type,
        "config": node.config,
        "join": node.join,
        "on_error": node.on_error,
        "timeout_seconds": node.timeout_seconds,
        "retry": [node.retry.max_attempts, node.retry.interval_seconds, node.retry.backoff_rate],
        "incoming": [[edge.source, edge.when] for edge in spec.incoming],
        "handles": sorted(spec.handles),
        "reads": list(spec.reads),
        "bound_seconds": spec.bound_seconds,
    }
    if spec.secrets:
        text["secrets"] = list(spec.secrets)
    if spec.loops:
        text |= {
            "loops": list(spec.loops),
            "outer_reads": dict(spec.outer_reads),
            "item_errors": spec.item_errors,
        }
    if spec.body is not None:
        text["body"] = spec.body.to_json()
    return {
        "workflow_id": workflow_id,
        "record": node_record(version, node.id),
        "node_id": node.id,
        "spec": encode(text),
    }


def spec_from_json(node_id: str, spec: JsonValue) -> NodeSpec:
    """The config that `spec_to_item` wrote, its `spec` parsed."""
    max_attempts, interval_seconds, backoff_rate = spec["retry"]
    return NodeSpec(
        node=Node(
            id=node_id,
            type=spec["type"],
            config=spec["config"],
            join=spec["join"],
            on_error=spec["on_error"],
            timeout_seconds=spec["timeout_seconds"],
            retry=Retry(max_attempts, interval_seconds, backoff_rate),
        ),
        incoming=tuple(Edge(source, node_id, when) for source, when in spec["incoming"]),
        handles=frozenset(spec["handles"]),
        reads=tuple(spec["reads"]),
        bound_seconds=spec["bound_seconds"],
        secrets=tuple(spec.get("secrets", ())),
        loops=tuple(spec.get("loops", ())),
        outer_reads=spec.get("outer_reads", {}),
        item_errors=spec.get("item_errors", "execution"),
        body=LoopBody.from_json(spec["body"]) if "body" in spec else None,
    )
