"""The guard around a node: settles it once, whatever crashes, repeats or is cancelled around it.

Each invocation reads, decides, writes conditionally and only then acts. The point that orders a cancel
against a node is the guard's read against the status write: a node already past it finishes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NoReturn

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import Snapshot
from workflows.domain import transitions
from workflows.domain.errors import NodeError, Unavailable
from workflows.domain.execution_error import ExecutionError
from workflows.domain.ids import new_id
from workflows.domain.liveness import is_live
from workflows.domain.loop import doomed_key, failed_key, failed_keys, outer_path, places
from workflows.domain.node_record import NodeRecord, NodeStatus, node_key
from workflows.domain.payload import Payload, PayloadTooLarge, json_fault
from workflows.domain.times import format_time, now, parse_time
from workflows.domain.workflow import JsonValue, NodeSpec
from workflows.runtime.cancellation import Cancellation
from workflows.runtime.environment import Environment, PayloadReader
from workflows.runtime.errors import Cancelled, Stopped, Superseded, TryFailed
from workflows.runtime.masks import Masks
from workflows.runtime.node import NodeContext, NodeFunction, Outcome, WaitingNode
from workflows.runtime.node_call import call_node, tolerated_by
from workflows.runtime.node_log import NodeLog
from workflows.runtime.records import execution_log, read_running, write_node
from workflows.runtime.secrets import parts_of_secret, read_secret
from workflows.runtime.segment import Segment
from workflows.runtime.stores import Stores

_DEADLINE_MARGIN_SECONDS = 3.0
"""Kept free before the function's own end, to write what became of the node."""

_LEASE_MARGIN_SECONDS = 30.0
"""How long it may take beyond the node's own bound to store and to write that."""


@dataclass(frozen=True)
class NodeGuard:
    """One node of a segment.

    Attributes:
        deadline: Unix time at which the function is killed.
    """

    segment: Segment
    spec: NodeSpec
    functions: Mapping[str, NodeFunction]
    stores: Stores
    payloads: PayloadReader
    deadline: float

    @cached_property
    def cancellation(self) -> Cancellation:
        return Cancellation(self.stores.executions, self.segment.execution_id, self.segment.attempt)

    @cached_property
    def log(self) -> NodeLog:
        return execution_log(self.stores, self.segment, self.spec.node.id)

    def settle(self) -> NodeRecord:
        """Make sure that the node is settled (or, of a delay, waiting, or of a loop, iterating): its record.

        Raises:
            Stopped: The execution does not run in this attempt, so nothing was started; or it failed just
                now, as the node did for good.
            TryFailed: The node is to be tried again.
            Superseded: Another invocation got in between.
        """
        snapshot, previous = self._read()
        if previous is not None and previous.is_asking:
            looked = self._look(snapshot, previous)
            if looked is not None:
                return looked
        elif previous is not None and (
            previous.is_settled or previous.is_iterating or previous.status == "waiting"
        ):
            return previous
        if snapshot.has_failed:
            return self._skip(previous, "its iteration has failed")
        if not is_live(self.spec.node.join, self.spec.incoming, snapshot.nodes):
            return self._skip(previous, "no path leads here")
        record = self._new_start(previous)
        try:
            self._start(record, previous)
            if record.tries > self.spec.node.retry.max_attempts:
                return self._fail(record, NodeError("function_lost", "its function was lost in its last try"))
            return self._run(record, self.environment(snapshot))
        except Cancelled as error:
            self._leave_off(record)
            raise Stopped("the execution was cancelled") from error
        except SERVICE_FAILURES:
            self._give_back(record)
            self.log.close()
            raise
        except Superseded:
            self.log.close()
            raise

    def environment(self, snapshot: Snapshot) -> Environment:
        """What is in reach of the node."""
        owner_id = snapshot.execution.owner_id
        secret = (lambda name: self._secret(owner_id, name)) if self.spec.secrets else None
        return Environment(self.spec, snapshot, self.payloads, self.segment.path, secret, self._secret_masks)

    def _secret(self, owner_id: str, name: str) -> str:
        value = read_secret(self.stores.secrets(), owner_id, name)
        for part in parts_of_secret(value):
            self.log.masks.add(part)
            self._secret_masks.add(part)
        return value

    @cached_property
    def _secret_masks(self) -> Masks:
        """The secrets alone: what a log masks besides, by its name, an output may well hold."""
        return Masks()

    def _look(self, snapshot: Snapshot, record: NodeRecord) -> NodeRecord | None:
        """See what has become of a node that waits for an answer; None if it is to begin anew."""
        is_of_before = record.attempt != self.segment.attempt
        if is_of_before and record.child_id is None:
            return None  # Time has stood still meanwhile.
        function = self.functions[self.spec.node.type]
        assert isinstance(function, WaitingNode)
        environment = self.environment(snapshot)
        try:
            outcome = function.look(self._context(record, environment), record)
            if outcome is None and is_of_before:
                # From here on it is this attempt's, and so is how it ends.
                adopted = replace(record, attempt=self.segment.attempt)
                write_node(self.stores, adopted, record)
                return adopted
            if outcome is None:
                return record
            output = self._output(environment, outcome)
        except NodeError as error:
            return None if is_of_before else self._fail(record, error)
        return self._complete(record, outcome, output)

    def take_further(self, outcome: Callable[[NodeRecord, Snapshot], Outcome | None]) -> NodeRecord | None:
        """Take a loop further whose iterations are under way: to its next turn, or to its end.

        Args:
            outcome: What becomes of it, by its record; None if nothing does.

        Returns:
            Its record; None if it has none.
        """
        snapshot, previous = self._read()
        if previous is None or not previous.is_iterating:
            return previous
        if snapshot.has_failed:
            return self._skip(previous, "its iteration has failed")
        try:
            found = outcome(previous, snapshot)
            if found is None:
                return previous
            output = self._output(self.environment(snapshot), found)
        except NodeError as error:
            return self._fail(previous, error)
        return self._complete(previous, found, output)

    def fail(self, error: NodeError) -> NoReturn:
        """Record that a node that was worked out in memory has failed, and the execution with it.

        Raises:
            Exception: One of `runtime.errors`.
        """
        _, previous = self._read()
        record = self._new_start(previous)
        self._start(record, previous)
        self._fail(record, error)
        raise Stopped(error.detail)

    def _run(self, record: NodeRecord, environment: Environment) -> NodeRecord:
        try:
            outcome = self._call(record, environment)
            output = self._output(environment, outcome)
        except NodeError as error:
            return self._fail(record, error)
        return self._complete(record, outcome, output)

    def _call(self, record: NodeRecord, environment: Environment) -> Outcome:
        # Only while the node's own code logs may that end it: what the guard does is done to its end.
        self.log.on_flush = self.cancellation.check
        try:
            return call_node(self.functions, self._context(record, environment))
        finally:
            self.log.on_flush = _nothing

    def _leave_off(self, record: NodeRecord) -> None:
        cancelled = replace(record, status="cancelled", completed_at=now(), lease_until=None)
        write_node(self.stores, cancelled, record)
        self.log.warning("cancelled")
        self.log.close()

    def _give_back(self, record: NodeRecord) -> None:
        """Uncount a try that failed for no fault of the node's, so that the Task's Retry may have it."""
        with suppress(Superseded, *SERVICE_FAILURES):
            write_node(self.stores, replace(record, tries=record.tries - 1, lease_until=None), record)

    def environment_under_way(self) -> Environment:
        """What is in reach of the node while another invocation runs it, which asks for work on its behalf.

        A pause, or a failure elsewhere, is no reason to leave off.

        Raises:
            Stopped: It is not under way in this attempt, or was cancelled.
        """
        snapshot = self.stores.executions.read_nodes(self.segment.execution_id, self._keys())
        if snapshot is None or not self._is_under_way(snapshot):
            raise Stopped(f"node {self.spec.node.id} is not under way: nothing is done for it")
        return self.environment(self._matured(snapshot))

    def _is_under_way(self, snapshot: Snapshot) -> bool:
        attempt, moment = self.segment.attempt, now()
        if snapshot.execution.status == "cancelled" and not snapshot.execution.lets_run(attempt, moment):
            return False
        record = snapshot.nodes.get(self.spec.node.id)
        return (
            record is not None
            and (record.status, record.attempt) == ("running", attempt)
            and (record.lease_until or "") > moment
        )

    def _read(self) -> tuple[Snapshot, NodeRecord | None]:
        snapshot = self._matured(read_running(self.stores, self.segment, self._keys()))
        return snapshot, snapshot.nodes.get(self.spec.node.id)

    def _keys(self) -> list[str]:
        """The keys of its own record, of its predecessors', and of what it reads."""
        path = self.segment.path
        keys = [node_key(path, name) for name in (self.spec.node.id, *self._others)]
        return keys + (self._outer_keys(path) if self.spec.loops else [])

    @property
    def _others(self) -> dict[str, None]:
        return {edge.source: None for edge in self.spec.incoming} | dict.fromkeys(self.spec.reads)

    def _matured(self, snapshot: Snapshot) -> Snapshot:
        """As of now: a delay before this node is over, as Step Functions has left its Wait."""
        others = self._others
        nodes = {
            name: record.matured() if name in others else record for name, record in snapshot.nodes.items()
        }
        return replace(snapshot, nodes=nodes)

    def _outer_keys(self, path: str) -> list[str]:
        """The keys of what a node in a loop reads outside of it, of the loop, and of what may have failed."""
        reads = [node_key(outer_path(path, depth), name) for name, depth in self.spec.outer_reads.items()]
        failures = failed_keys(path) if self.spec.item_errors != "execution" else []
        inner = places(path)[-1]
        return list(dict.fromkeys([*reads, node_key(inner.outer, inner.loop_id), *failures]))

    def _skip(self, previous: NodeRecord | None, reason: str) -> NodeRecord:
        record = self._new_record("skipped", completed_at=now())
        write_node(self.stores, record, previous)
        self.log.info(f"skipped: {reason}")
        self.log.close()
        return record

    def _new_start(self, previous: NodeRecord | None) -> NodeRecord:
        if previous is not None and (previous.lease_until or "") > now():
            # Step Functions may call again while its first call still runs: that one is not lost.
            raise Superseded(f"node {self.spec.node.id} is under way until {previous.lease_until}")
        # Tries count anew in each attempt: what an earlier one left unsettled begins afresh.
        same = previous if previous is not None and previous.attempt == self.segment.attempt else None
        lease_until = min(self.deadline, time.time() + self.spec.bound_seconds + _LEASE_MARGIN_SECONDS)
        return self._new_record(
            "running",
            tries=1 + (same.tries if same else 0),
            started_at=same.started_at if same else now(),
            lease_until=format_time(datetime.fromtimestamp(lease_until, UTC)),
            child_id=self._child_id(previous),
        )

    def _child_id(self, previous: NodeRecord | None) -> str | None:
        """The id under which the node is to start an execution, if it does: that of a try that was lost."""
        lost = previous if previous is not None and previous.status == "running" else None
        function = self.functions[self.spec.node.type]
        if not (isinstance(function, WaitingNode) and function.has_child):
            return None
        return (lost.child_id if lost else None) or new_id()

    def _start(self, record: NodeRecord, previous: NodeRecord | None) -> None:
        write_node(self.stores, record, previous)
        self.log.info("started" if record.tries == 1 else f"started, try {record.tries}")

    def _context(self, record: NodeRecord, environment: Environment) -> NodeContext:
        # Of a node that waits there is no lease: whoever looks has its function's own time.
        until = parse_time(record.lease_until).timestamp() if record.lease_until else self.deadline
        deadline = until - _DEADLINE_MARGIN_SECONDS
        if deadline - time.time() < self.spec.bound_seconds:
            # Writing that took long, or others before it did: what is begun now might outlast the lease.
            raise Unavailable("too little is left of the node's lease")
        return NodeContext(
            node=self.spec.node,
            environment=environment,
            log=self.log,
            deadline=deadline,
            bound_seconds=self.spec.bound_seconds,
            cancellation=self.cancellation,
            idempotency_key=f"{self.segment.execution_id}/{self.segment.path}{self.spec.node.id}",
            record=record,
        )

    def _output(self, environment: Environment, outcome: Outcome) -> Payload:
        name = node_key(self.segment.path, self.spec.node.id)
        if outcome.iterates:
            # The loop's own output comes later, and must not take the place of what it works with.
            name = f"{name}#{outcome.iterations}"
        if outcome.waits:
            name = f"{name}#asked"
        if not outcome.passes_input:
            return self._store_output(outcome.output, name)
        return environment.input_payload or self._store_output(environment.input, name)

    def _complete(self, started: NodeRecord, outcome: Outcome, output: Payload) -> NodeRecord:
        is_waiting = outcome.waits or outcome.wakes_at is not None
        status: NodeStatus = "waiting" if is_waiting else "running" if outcome.iterates else "completed"
        record = replace(
            started,
            status=status,
            completed_at=now() if status == "completed" else None,
            lease_until=None,
            branch=outcome.branch,
            wakes_at=outcome.wakes_at,
            expires_at=outcome.expires_at,
            output=output,
            iterations=outcome.iterations,
            is_turning=outcome.is_turning,
            failed_iterations=outcome.failed_iterations,
            file=outcome.file,
            usage=outcome.usage,
        )
        write_node(self.stores, record, started)
        if not outcome.iterates:
            self.log.info(record.status)
        self.log.close()
        return record

    def _fail(self, record: NodeRecord, error: NodeError) -> NodeRecord:
        node_id = f"{self.segment.path}{self.spec.node.id}"
        shown = ExecutionError(error.code, self.log.masks.apply(error.detail), node_id)
        if error.retryable and record.tries < self.spec.node.retry.max_attempts:
            again = replace(record, status="running", lease_until=None, error=shown, child_id=None)
            write_node(self.stores, again, record)
            self.log.warning(f"try {record.tries} failed: {shown.message}")
            self.log.close()
            # Not with the error that it comes of, which is not masked.
            raise TryFailed(shown.message) from None
        failed = replace(
            record,
            status="failed",
            completed_at=now(),
            lease_until=None,
            error=shown,
            tolerated=tolerated_by(self.spec),
        )
        if failed.tolerated:
            name = node_key(self.segment.path, self.spec.node.id)
            failed = replace(failed, output=self._store_output({"error": shown.to_item()}, name))
            if failed.tolerated == "item":
                self._fail_iteration(failed, record)
            else:
                write_node(self.stores, failed, record)
            self.log.error(f"failed, tolerated: {shown.message}")
            self.log.close()
            return failed
        self._fail_execution(failed, record, shown)
        raise Stopped(shown.message) from None

    def _fail_iteration(self, failed: NodeRecord, record: NodeRecord) -> None:
        executions = self.stores.executions
        try:
            executions.fail_iteration(failed, record, failed_key(self.segment.path))
        except ConditionFailed as error:
            raise Superseded(f"node {failed.node_id} is in another invocation's hands") from error
        if self.spec.item_errors == "loop":
            # By itself: iterations that fail at once would else be in each other's way. Without it the others
            # run in vain, and the loop fails all the same.
            inner = places(self.segment.path)[-1]
            executions.fail_loop(failed.execution_id, doomed_key(inner.outer, inner.loop_id))

    def _fail_execution(self, failed: NodeRecord, record: NodeRecord, error: ExecutionError) -> None:
        executions = self.stores.executions
        try:
            executions.fail_with_node(failed, record, transitions.failed(self.segment.attempt, error, now()))
            ended = True
        except ConditionFailed:
            # The execution was cancelled or failed meanwhile: the node's own end is still recorded.
            write_node(self.stores, failed, record)
            ended = False
        self.log.error(f"failed: {error.message}")
        self.log.close()
        if ended:
            log = execution_log(self.stores, self.segment)
            log.error(f"execution failed: node {error.node_id}: {error.message}")
            log.close()

    def _store_output(self, value: JsonValue, name: str) -> Payload:
        fault = json_fault(value)
        if fault is not None:
            raise NodeError("output_invalid", f"its output {fault}")
        # A server may answer with what it was sent.
        try:
            return self.payloads.write(name, self._secret_masks.hide(value))
        except PayloadTooLarge as error:
            raise NodeError("output_too_large", f"its output {error}") from error

    def _new_record(self, status: NodeStatus, **fields: Any) -> NodeRecord:
        return NodeRecord(
            execution_id=self.segment.execution_id,
            node_id=self.spec.node.id,
            status=status,
            attempt=self.segment.attempt,
            path=self.segment.path,
            **fields,
        )


def _nothing() -> None:
    pass
