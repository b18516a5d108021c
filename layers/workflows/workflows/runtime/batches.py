"""Runs a loop's body for a batch of items, one after another, in one invocation.

Where all nodes of the body are inline, nothing that they do is seen outside: then iterations are worked out
in memory, and what came of many of them is one record. What is lost by a crash is worked out again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import Snapshot
from workflows.domain.errors import NodeError
from workflows.domain.execution_error import ExecutionError
from workflows.domain.ids import new_id
from workflows.domain.liveness import is_live
from workflows.domain.loop import (
    ItemErrors,
    ItemResult,
    batch_key,
    doomed_key,
    failed_keys,
    first_of_batch,
    iteration_path,
    outer_path,
)
from workflows.domain.node_record import NodeRecord, node_key
from workflows.domain.payload import MAX_BYTES, encode, json_fault
from workflows.domain.workflow import JsonValue, NodeSpec
from workflows.runtime.cancellation import Cancellation
from workflows.runtime.environment import Environment
from workflows.runtime.errors import Cancelled, Interrupted, Stopped
from workflows.runtime.invocation import Invocation
from workflows.runtime.node import NodeContext, Outcome
from workflows.runtime.node_call import call_node, tolerated_by
from workflows.runtime.node_log import NodeLog
from workflows.runtime.records import execution_log, read_running
from workflows.runtime.segment import Batch, Segment

_STORED_BYTES = 4 * 1024 * 1024
"""What is kept in memory before it is stored."""

_MAX_RESULT_BYTES = MAX_BYTES - 1024
"""A batch of one item has brackets around it."""

_MARGIN_SECONDS = 15.0
"""Kept free of the function's life, beside what an item may take, to store what is done."""

_STORED_SECONDS = 30.0
"""Work that a killed function may lose."""


def run_batch(invocation: Invocation, batch: Batch) -> None:
    """Settle the body's nodes for each item of a batch.

    Raises:
        Exception: One of `runtime.errors`.
    """
    segment = invocation.segment
    specs = invocation.specs((batch.loop_id, *segment.node_ids))
    loop = specs[batch.loop_id]
    assert loop.body is not None
    if loop.body.is_pure:
        _InMemory(invocation, batch, loop, [specs[node_id] for node_id in segment.node_ids]).run()
        return
    for index in range(batch.first, batch.end):
        at = replace(segment, path=iteration_path(segment.path, batch.loop_id, index))
        # What one item has read and made is not for the next to keep in memory.
        of_item = replace(invocation, payloads=invocation.payloads.anew())
        for node_id in segment.node_ids:
            of_item.guard(specs[node_id], at).settle()


@dataclass
class _ItemEnvironment(Environment):
    """What is in reach of a node in an iteration that is worked out in memory.

    Attributes:
        outputs: Of the nodes before it in the same iteration.
    """

    outputs: Mapping[str, JsonValue] = field(default_factory=dict)

    def _output(self, node_id: str) -> JsonValue:
        return self.outputs[node_id] if node_id in self.outputs else super()._output(node_id)


@dataclass
class _InMemory:
    """A batch of iterations.

    Attributes:
        loop: The loop's spec.
        specs: Of the body's nodes, each after those before it.
    """

    invocation: Invocation
    batch: Batch
    loop: NodeSpec
    specs: Sequence[NodeSpec]
    _first: int = 0
    _results: list[ItemResult] = field(default_factory=list)
    _bytes: int = 0

    def run(self) -> None:
        snapshot = self._read()
        if snapshot.has_failed:
            return
        self._first = self._first_missing()
        try:
            self._iterate_from(self._first, snapshot)
        except Cancelled as error:
            raise Stopped("the execution was cancelled") from error
        finally:
            for log in self._logs.values():
                log.close()

    def _iterate_from(self, first: int, snapshot: Snapshot) -> None:
        margin = _MARGIN_SECONDS + sum(spec.bound_seconds for spec in self.specs)
        stored_at = time.monotonic()
        for index in range(first, self.batch.end):
            if time.time() > self.invocation.deadline - margin:
                self._store()
                raise Interrupted("the rest of the batch is for another invocation")
            self._cancellation.check()
            result = self._iterate(index, snapshot)
            size = len(encode(result.to_json()))
            if self._bytes + size > _STORED_BYTES or time.monotonic() - stored_at > _STORED_SECONDS:
                self._store()
                stored_at = time.monotonic()
            self._results.append(result)
            self._bytes += size
            if result.error is not None and self._item_errors == "loop":
                # First what came of it, then that there is no need for the rest.
                self._store()
                self.invocation.stores.executions.fail_loop(
                    self._segment.execution_id, doomed_key(self._segment.path, self.batch.loop_id)
                )
                return
        self._store()

    def _iterate(self, index: int, outside: Snapshot) -> ItemResult:
        path = iteration_path(self._segment.path, self.batch.loop_id, index)
        records = dict(outside.nodes)
        snapshot = replace(outside, nodes=records)
        outputs: dict[str, JsonValue] = {}
        for spec in self.specs:
            node_id = spec.node.id
            record = self._record(spec, path)
            records[node_id] = record
            if not is_live(spec.node.join, spec.incoming, records):
                continue
            environment = _ItemEnvironment(spec, snapshot, self.invocation.payloads, path, outputs=outputs)
            try:
                outcome, outputs[node_id] = self._call(spec, environment)
                records[node_id] = replace(record, status="completed", branch=outcome.branch)
            except NodeError as error:
                shown = ExecutionError(error.code, error.detail, f"{path}{node_id}").to_item()
                tolerated = tolerated_by(spec)
                self._log(spec, path).error(f"failed: {error.detail}")
                if tolerated is None:
                    self._fail_execution(spec, path, error)
                if tolerated == "item":
                    return ItemResult(error=shown)
                outputs[node_id] = {"error": shown}
                records[node_id] = replace(record, status="failed", tolerated=tolerated)
        return self._result(outputs)

    def _call(self, spec: NodeSpec, environment: Environment) -> tuple[Outcome, JsonValue]:
        context = NodeContext(
            node=spec.node,
            environment=environment,
            log=self._log(spec, environment.path),
            deadline=self.invocation.deadline,
            bound_seconds=spec.bound_seconds,
            cancellation=self._cancellation,
            idempotency_key=f"{self._segment.execution_id}/{environment.path}{spec.node.id}",
            record=environment.snapshot.nodes[spec.node.id],
        )
        outcome = call_node(self.invocation.functions, context)
        output = environment.input if outcome.passes_input else outcome.output
        fault = json_fault(output)
        if fault is not None:
            raise NodeError("output_invalid", f"its output {fault}")
        is_result = self.loop.body is not None and spec.node.id in self.loop.body.result_nodes
        if is_result and len(encode(output).encode()) > _MAX_RESULT_BYTES:
            raise NodeError("output_too_large", f"its output has more than {_MAX_RESULT_BYTES} bytes of JSON")
        return outcome, output

    def _fail_execution(self, spec: NodeSpec, path: str, error: NodeError) -> None:
        self._store()
        self.invocation.guard(spec, replace(self._segment, path=path)).fail(error)

    def _result(self, outputs: Mapping[str, JsonValue]) -> ItemResult:
        assert self.loop.body is not None
        wanted = self.loop.body.result_nodes
        found = {node_id: outputs[node_id] for node_id in wanted if node_id in outputs}
        return ItemResult(next(iter(found.values()), None) if len(wanted) == 1 else found)

    def _record(self, spec: NodeSpec, path: str) -> NodeRecord:
        """The record of a node that was not executed; it is in memory alone."""
        return NodeRecord(self._segment.execution_id, spec.node.id, "skipped", path=path)

    def _read(self) -> Snapshot:
        """The execution, the loop, and what the body reads outside of it."""
        path = self._segment.path
        reads = {
            node_key(outer_path(path, depth), node_id): None
            for spec in self.specs
            for node_id, depth in spec.outer_reads.items()
        }
        failures = [*failed_keys(path), doomed_key(path, self.batch.loop_id)]
        keys = [node_key(path, self.batch.loop_id), *reads, *failures]
        return read_running(self.invocation.stores, self._segment, list(dict.fromkeys(keys)))

    def _first_missing(self) -> int:
        """The first item of which nothing is stored: an invocation before this one may have been cut off."""
        keys = (self._key(self.batch.first), self._key(self.batch.end - 1))
        stored = self.invocation.stores.executions.batches(self._segment.execution_id, *keys)
        first = self.batch.first
        for record, payload in stored.items():
            first = first_of_batch(record) + len(self.invocation.payloads.read(payload))
        return first

    def _store(self) -> None:
        if not self._results:
            return
        count = len(self._results)
        failed = sum(result.error is not None for result in self._results)
        told = (
            f"items {self._first} to {self._first + count - 1}: {count - failed} completed, {failed} failed"
        )
        while self._results:
            known = self._put()
            self._first, self._results = self._first + known, self._results[known:]
        self._bytes = 0
        self._log(self.loop, self._segment.path).info(told)

    def _put(self) -> int:
        """Store the results; returns of how many there is something stored now.

        Where another invocation was faster, its results stand; it may have been cut off, and have fewer.
        """
        key = self._key(self._first)
        value = [[result.value, result.error] for result in self._results]
        # Nobody may take the place of what another has stored.
        payload = self.invocation.payloads.store.put(self._segment.execution_id, f"{key}#{new_id()}", value)
        executions, execution_id = self.invocation.stores.executions, self._segment.execution_id
        try:
            executions.put_batch(execution_id, key, payload)
        except ConditionFailed:
            return len(self.invocation.payloads.read(executions.batches(execution_id, key, key)[key]))
        return len(self._results)

    def _key(self, index: int) -> str:
        return batch_key(self._segment.path, self.batch.loop_id, index)

    def _log(self, spec: NodeSpec, path: str) -> NodeLog:
        log = self._logs.get(spec.node.id)
        if log is None:
            log = self._logs[spec.node.id] = execution_log(
                self.invocation.stores, self._segment, spec.node.id
            )
        log.iteration = path.removesuffix("/")
        return log

    @cached_property
    def _logs(self) -> dict[str, NodeLog]:
        return {}

    @cached_property
    def _cancellation(self) -> Cancellation:
        segment = self._segment
        return Cancellation(self.invocation.stores.executions, segment.execution_id, segment.attempt)

    @property
    def _segment(self) -> Segment:
        return self.invocation.segment

    @property
    def _item_errors(self) -> ItemErrors:
        return self.specs[0].item_errors
