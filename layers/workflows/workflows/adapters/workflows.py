"""The workflows table: current records, versions, definitions and nodes' configs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from workflows.adapters.dynamodb import Item, Key, Table
from workflows.adapters.object_store import Bucket
from workflows.domain.ids import is_id
from workflows.domain.payload import ITEM_BYTES
from workflows.domain.workflow import NodeSpec
from workflows.domain.workflow_record import (
    CURRENT_RECORD,
    PUBLIC_SCOPE,
    GraphNode,
    VersionRecord,
    WorkflowRecord,
    definition_record,
    graph_from_json,
    graph_of,
    graph_record,
    graph_to_json,
    node_record,
    result_record,
    spec_from_json,
    spec_to_item,
    version_record,
)

GraphPart = Literal["main", "clean_up"]
_PAGE_ITEMS = 250


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of workflows: a partition of an index of the table."""

    index: str
    attribute: str
    partition: str


def workflows_of_user(user_id: str) -> Scope:
    return Scope("by_owner", "owner_id", user_id)


def public_workflows() -> Scope:
    return Scope("by_visibility", "public_scope", PUBLIC_SCOPE)


@dataclass(frozen=True, slots=True)
class WorkflowStore:
    table: Table
    bucket: Bucket

    def current(self, workflow_id: str) -> WorkflowRecord | None:
        """What the workflow is now; None if there is none, or it was deleted."""
        if not is_id(workflow_id):
            return None  # DynamoDB takes no key of any length that a caller may think of.
        item = self.table.get(_key(workflow_id, CURRENT_RECORD), consistent=True)
        return WorkflowRecord.from_item(item) if item and "deleted_at" not in item else None

    def version(self, workflow_id: str, version: int) -> VersionRecord | None:
        item = self.table.get(_key(workflow_id, version_record(version)), consistent=True)
        return VersionRecord.from_item(item) if item else None

    def definition(self, workflow_id: str, version: int) -> str:
        """The JSON text of a version's definition, as it was saved."""
        item = self.table.get(_key(workflow_id, definition_record(version)), consistent=True)
        if item is None:
            raise LookupError(f"the definition of workflow {workflow_id}, version {version}, is gone")
        if "text" in item:
            text: str = item["text"]
            return text
        return self.bucket.get(_object_key(workflow_id, version)).decode()

    def specs(self, workflow_id: str, version: int, node_ids: Sequence[str]) -> dict[str, NodeSpec]:
        """The configs of some nodes of a version, by id."""
        keys = [_key(workflow_id, node_record(version, node_id)) for node_id in node_ids]
        items = self.table.batch_get(keys, consistent=True)
        return {item["node_id"]: spec_from_json(item["node_id"], json.loads(item["spec"])) for item in items}

    def result_nodes(self, workflow_id: str, version: int) -> tuple[str, ...]:
        """The nodes whose outputs make up the result of an execution of this version."""
        item = self.table.get(_key(workflow_id, result_record(version)), consistent=True)
        return tuple(item["nodes"]) if item else ()

    def graph(self, workflow_id: str, version: int, part: GraphPart = "main") -> tuple[GraphNode, ...]:
        """A version's nodes, or those of its clean-up, without their configs, each after its predecessors."""
        item = self.table.get(_key(workflow_id, graph_record(version)), consistent=True)
        if item is None:
            raise LookupError(f"the graph of workflow {workflow_id}, version {version}, is gone")
        return graph_from_json(zlib.decompress(item[part]).decode()) if part in item else ()

    def save_version(
        self,
        record: VersionRecord,
        definition: str,
        specs: Sequence[NodeSpec],
        result_nodes: Sequence[str],
        clean_up_specs: Sequence[NodeSpec] = (),
    ) -> None:
        """Write all that belongs to a version. Nobody sees it before `create` or `publish`."""
        workflow_id, version = record.workflow_id, record.version
        stored: Item = {"workflow_id": workflow_id, "record": definition_record(version)}
        if len(definition.encode()) <= ITEM_BYTES:
            stored["text"] = definition
        else:
            self.bucket.put(_object_key(workflow_id, version), definition.encode(), "application/json")
        result: Item = {
            "workflow_id": workflow_id,
            "record": result_record(version),
            "nodes": list(result_nodes),
        }
        graph: Item = {
            "workflow_id": workflow_id,
            "record": graph_record(version),
            "main": _packed(specs),
            **({"clean_up": _packed(clean_up_specs)} if clean_up_specs else {}),
        }
        configs = [spec_to_item(workflow_id, version, spec) for spec in (*specs, *clean_up_specs)]
        self.table.batch_put([*configs, result, graph, stored, record.to_item()])

    def replace_version(self, record: VersionRecord) -> None:
        """Write a version's record anew, as its state machine is another."""
        self.table.put(record.to_item(), "attribute_exists(#workflow_id)")

    def create(self, record: WorkflowRecord) -> None:
        """Make a new workflow visible.

        Raises:
            ConditionFailed: There is one with this id.
        """
        self.table.put(record.to_item(), "attribute_not_exists(#workflow_id)")

    def next_version(self, workflow_id: str) -> int:
        """Reserve the number of a further version; each caller gets another.

        Raises:
            ConditionFailed: There is no such workflow.
        """
        item = self.table.update(
            _key(workflow_id, CURRENT_RECORD),
            "ADD #last_version :one",
            "attribute_exists(#workflow_id) AND attribute_not_exists(#deleted_at)",
            one=1,
        )
        number: int = item["last_version"]
        return number

    def publish(self, record: WorkflowRecord) -> WorkflowRecord:
        """Make `record.version` the current one, unless a later one is; returns what is current.

        Raises:
            ConditionFailed: A later version is current, or the workflow was deleted.
        """
        changes = {
            "name": record.name,
            "visibility": record.visibility,
            "version": record.version,
            "updated_at": record.updated_at,
        }
        removals = []
        for name, value in (
            ("description", record.description),
            ("public_scope", PUBLIC_SCOPE if record.visibility == "public" else None),
        ):
            if value is None:
                removals.append(f"#{name}")
            else:
                changes[name] = value
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        if removals:
            expression += " REMOVE " + ", ".join(removals)
        item = self.table.update(
            _key(record.workflow_id, CURRENT_RECORD),
            expression,
            "#version < :version AND attribute_not_exists(#deleted_at)",
            **changes,
        )
        return WorkflowRecord.from_item(item)

    def delete(self, workflow_id: str, deleted_at: str) -> None:
        """Hide a workflow; its versions stay, as executions may be running by them.

        Raises:
            ConditionFailed: There is no such workflow (any more).
        """
        self.table.update(
            _key(workflow_id, CURRENT_RECORD),
            "SET #deleted_at = :deleted_at, #former_owner_id = #owner_id REMOVE #owner_id, #public_scope",
            "attribute_exists(#workflow_id) AND attribute_not_exists(#deleted_at)",
            deleted_at=deleted_at,
        )

    def page(self, scope: Scope, *, offset: int, limit: int) -> list[WorkflowRecord]:
        """Workflows, newest first, without the first `offset`, at most `limit`."""
        items = self.table.iterate(
            f"#{scope.attribute} = :partition",
            index=scope.index,
            forward=False,
            page_items=min(offset + limit, _PAGE_ITEMS),
            partition=scope.partition,
        )
        return [WorkflowRecord.from_item(item) for item in islice(items, offset, offset + limit)]

    def count(self, scope: Scope) -> int:
        """How many workflows a list holds."""
        return self.table.count(
            f"#{scope.attribute} = :partition", index=scope.index, partition=scope.partition
        )


def _packed(specs: Sequence[NodeSpec]) -> bytes:
    return zlib.compress(graph_to_json(graph_of(specs)).encode())


def _key(workflow_id: str, record: str) -> Key:
    return {"workflow_id": workflow_id, "record": record}


def _object_key(workflow_id: str, version: int) -> str:
    return f"definitions/{workflow_id}/{version_record(version)}.json"
