"""Answers to nodes that wait for somebody: the record first, then the Task that waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.gates import GateStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, gate_store, log_store, payload_store
from workflows.adapters.task_tokens import send_success
from workflows.domain.access import Caller, require_approver
from workflows.domain.approval import Decision, Request, answer
from workflows.domain.errors import IllegalTransition, InvalidInputs, Malformed, NotFound, Problem
from workflows.domain.execution import Execution, NodeRecord, is_node_id, node_key
from workflows.domain.gate import own_gate
from workflows.domain.inputs_schema import input_problems
from workflows.domain.loop import is_path
from workflows.domain.times import now
from workflows.domain.workflow import JsonValue
from workflows.services.access import readable

_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered.

    Attributes:
        path: The loop iterations around the node; empty outside loops.
    """

    decision: Decision
    data: JsonValue = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    executions: ExecutionStore
    payloads: PayloadStore
    gates: GateStore
    logs: LogStore

    def complete(self, caller: Caller, execution_id: str, node_id: str, given: Answer) -> NodeRecord:
        """Answer an approval; the same answer of the same person again changes nothing.

        Raises:
            NotFound: There is no such execution or node, or the caller may not know of it.
            Unauthenticated, Forbidden: The caller may not answer.
            Malformed: The path is none.
            InvalidInputs: The data is not as the form says.
            IllegalTransition: The node does not wait for an answer (any more).
        """
        execution = readable(self.executions, caller, execution_id)
        if not is_path(given.path):
            detail = "must be the path of an iteration, as in loop[3]/"
            raise Malformed(f"path {detail}", problems=(Problem("/path", detail),))
        for _ in range(_LOOKS):
            record = self._record(execution_id, node_id, given.path)
            request = self._request(execution_id, record)
            by = require_approver(caller, execution, request.approvers if request else ())
            if request is None or execution.is_terminal:
                self._require_same(execution, record, by, given)
                break
            self._check(execution, record, request, given)
            try:
                record = self._write(execution_id, record, by, given)
            except ConditionFailed:
                continue  # Somebody was faster, or its time was over just now.
            self.logs.note(execution_id, "INFO", f"{given.decision} by {by}", now(), node_id)
            break
        for gate in self.gates.read(execution_id, given.path, (own_gate(node_id),)):
            for token in gate.tokens:
                send_success(token, record.branch)
        return record

    def _record(self, execution_id: str, node_id: str, path: str) -> NodeRecord:
        if is_node_id(node_id):
            key = node_key(path, node_id)
            if record := self.executions.read_many(execution_id, (key,)).get(key):
                return record
        raise NotFound(
            f"node {path}{node_id} has not been reached, or there is none", execution_id=execution_id
        )

    def _request(self, execution_id: str, record: NodeRecord) -> Request | None:
        """What is asked; None if nothing is (any more)."""
        if not record.is_asking or record.child_id is not None or record.output is None:
            return None
        return Request.from_json(self.payloads.get(execution_id, record.output))

    def _check(self, execution: Execution, record: NodeRecord, request: Request, given: Answer) -> None:
        if record.expires_at is not None and record.expires_at <= now():
            raise IllegalTransition(
                f"it could be answered until {record.expires_at}", execution_id=execution.execution_id
            )
        if request.form is None:
            return
        data = {} if given.data is None else given.data
        if problems := input_problems(dict(request.form), data, "/data"):
            detail = f"{problems[0].pointer}: {problems[0].detail}"
            raise InvalidInputs(detail, problems=tuple(problems), execution_id=execution.execution_id)

    def _require_same(self, execution: Execution, record: NodeRecord, by: str, given: Answer) -> None:
        """Let an answer pass that was given already, in case its Task was not told."""
        if record.status == "completed" and record.branch == given.decision and record.output is not None:
            output = self.payloads.get(execution.execution_id, record.output)
            if isinstance(output, dict) and output.get("by") == by:
                return
        status = record.status if not execution.is_terminal else f"part of a {execution.status} execution"
        raise IllegalTransition(
            f"node {record.path}{record.node_id} is {status}: it waits for no answer",
            execution_id=execution.execution_id,
        )

    def _write(self, execution_id: str, record: NodeRecord, by: str, given: Answer) -> NodeRecord:
        at = now()
        name = node_key(record.path, record.node_id)
        output = self.payloads.put(execution_id, name, answer(given.decision, by, at, given.data))
        answered = replace(
            record,
            status="completed",
            completed_at=at,
            expires_at=None,
            branch=given.decision,
            output=output,
        )
        self.executions.put_node(answered, record)
        return answered


@cache
def answers() -> Answers:
    return Answers(execution_store(), payload_store(), gate_store(), log_store())
