"""The workflows table: current records, versions, definitions and nodes' configs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from workflows.adapters.dynamodb import ConditionFailed, Item, Key, Table, transact
from workflows.adapters.object_store import Bucket
from workflows.adapters.workflow_scopes import Range, WorkflowScope, counter_updates
from workflows.domain.ids import is_id
from workflows.domain.payload import ITEM_BYTES
from workflows.domain.workflow import NodeSpec
from workflows.domain.workflow_names import name_key
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
_UNCHANGED = "#version = :old_version AND attribute_not_exists(#deleted_at)"
"""What is written by what was read of a workflow, its counters too: all else changes with the version."""


@dataclass(frozen=True, slots=True)
class WorkflowStore:
    table: Table
    bucket: Bucket

    def current(self, workflow_id: str) -> WorkflowRecord | None:
        """What the workflow is now; None if there is none, or it was deleted."""
        if not is_id(workflow_id):
            return None  # DynamoDB takes no key of any length that a caller may think of.
        item = self._item(workflow_id)
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

    def create(self, record: WorkflowRecord, limit: int) -> bool:
        """Make a new workflow visible, and count it, unless its owner has `limit` already.

        Raises:
            ConditionFailed: There is one with this id.

        Returns:
            Whether its owner had fewer.
        """
        put = self.table.put_arguments(record.to_item(), "attribute_not_exists(#workflow_id)")
        try:
            transact(puts=[put], updates=counter_updates(self.table, None, record, limit))
        except ConditionFailed:
            found = self._item(record.workflow_id)
            if found is None:
                return False
            # An answer may have been lost, and the write made once more.
            if found != record.to_item():
                raise
        return True

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
        while True:
            item = self._item(record.workflow_id)
            if item is None or "deleted_at" in item or item["version"] > record.version:
                raise ConditionFailed(item)
            old = WorkflowRecord.from_item(item)
            if old.version == record.version:
                return old  # Nobody else has this number: the write was made, and its answer lost.
            new = replace(record, owner_id=old.owner_id, created_at=old.created_at)
            try:
                transact(updates=[self._publication(new, old), *counter_updates(self.table, old, new)])
            except ConditionFailed:
                continue  # It was deleted, or has another version now: those become no fewer.
            return new

    def delete(self, record: WorkflowRecord, deleted_at: str) -> None:
        """Hide a workflow; its versions stay, as executions may be running by them.

        Args:
            record: As it was read before; it may have another version by now.

        Raises:
            ConditionFailed: There is no such workflow (any more).
        """
        while True:
            deletion = self.table.update_arguments(
                _key(record.workflow_id, CURRENT_RECORD),
                "SET #deleted_at = :deleted_at, #former_owner_id = #owner_id"
                " REMOVE #owner_id, #public_scope, #name_key",
                _UNCHANGED,
                deleted_at=deleted_at,
                old_version=record.version,
            )
            try:
                transact(updates=[deletion, *counter_updates(self.table, record, None)])
            except ConditionFailed:
                item = self._item(record.workflow_id)
                if item and item.get("deleted_at") == deleted_at:
                    return  # The write was made, and its answer lost.
                if item is None or "deleted_at" in item:
                    raise
                record = WorkflowRecord.from_item(item)
            else:
                return

    def page(
        self, range_: Range, *, descending: bool, after: str | None = None, offset: int = 0, limit: int
    ) -> list[Item]:
        """Current records (the index's projection), without the first `offset`, at most `limit`.

        Args:
            after: The sort key of the record that they come after, in the order that is asked for.
        """
        if after is not None:
            range_ = replace(range_, last=after) if descending else replace(range_, first=after)
        items = self.table.iterate(
            range_.condition,
            index=range_.index,
            forward=not descending,
            page_items=min(offset + limit + (after is not None), _PAGE_ITEMS),
            **range_.values,
        )
        further = (item for item in items if item[range_.sort_key] != after)
        return list(islice(further, offset, offset + limit))

    def count(self, range_: Range) -> int:
        """How many workflows are in a part of a list; costs what reading them would."""
        return self.table.count(range_.condition, index=range_.index, **range_.values)

    def count_all(self, scope: WorkflowScope) -> int:
        """How many workflows are in a list, by its counter."""
        item = self.table.get(scope.counter_key, consistent=True)
        number: int = item["workflows"] if item else 0
        return number

    def _item(self, workflow_id: str) -> Item | None:
        """The current record's, also of a workflow that was deleted."""
        return self.table.get(_key(workflow_id, CURRENT_RECORD), consistent=True)

    def _publication(self, new: WorkflowRecord, old: WorkflowRecord) -> dict[str, Any]:
        """The update that makes `new` of `old`."""
        changes = {
            "name": new.name,
            "name_key": name_key(new.name, new.workflow_id),
            "visibility": new.visibility,
            "version": new.version,
            "updated_at": new.updated_at,
        }
        removals = []
        for name, value in (
            ("description", new.description),
            ("public_scope", PUBLIC_SCOPE if new.visibility == "public" else None),
        ):
            if value is None:
                removals.append(f"#{name}")
            else:
                changes[name] = value
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        if removals:
            expression += " REMOVE " + ", ".join(removals)
        key = _key(new.workflow_id, CURRENT_RECORD)
        return self.table.update_arguments(key, expression, _UNCHANGED, **changes, old_version=old.version)


def _packed(specs: Sequence[NodeSpec]) -> bytes:
    return zlib.compress(graph_to_json(graph_of(specs)).encode())


def _key(workflow_id: str, record: str) -> Key:
    return {"workflow_id": workflow_id, "record": record}


def _object_key(workflow_id: str, version: int) -> str:
    return f"definitions/{workflow_id}/{version_record(version)}.json"
