"""Answers to nodes that wait for somebody: the record first, then the Task that waits."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.gates import GateStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import execution_store, gate_store, log_store, payload_store
from workflows.adapters.task_tokens import send_success
from workflows.domain.access import Caller, require_approver, require_execution
from workflows.domain.approval import Decision, Request, answer
from workflows.domain.errors import (
    IllegalTransition,
    InvalidInputs,
    Malformed,
    NotFound,
    Problem,
    Unavailable,
)
from workflows.domain.execution import Execution
from workflows.domain.gate import own_gate
from workflows.domain.ids import new_id
from workflows.domain.inputs_schema import input_problems
from workflows.domain.loop import is_path
from workflows.domain.node_record import NodeRecord, is_node_id, node_key
from workflows.domain.times import now
from workflows.domain.workflow import JsonValue

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
        if not is_path(given.path):
            detail = "must be the path of an iteration, as in loop[3]/"
            raise Malformed(f"path {detail}", problems=(Problem("/path", detail),))
        execution = self.executions.get(execution_id)
        for _ in range(_LOOKS):
            # Else somebody was faster, or its time was over just now.
            with suppress(ConditionFailed):
                record = self._answered(caller, execution_id, execution, node_id, given)
                self._tell(record)
                return record
        raise Unavailable("others change this node all the time: try again")

    def _answered(
        self, caller: Caller, execution_id: str, found: Execution | None, node_id: str, given: Answer
    ) -> NodeRecord:
        """The node's record with the answer.

        Raises:
            ConditionFailed: It has changed meanwhile.
        """
        record = self._record(execution_id, node_id, given.path) if found else None
        request = self._request(execution_id, record) if record else None
        asked = request.approvers if request else ()
        if not (record and _known_as(caller, record, asked)):
            # To anybody else than who is asked, or has answered, it is an execution like others.
            found = require_execution(caller, execution_id, found)
        if found is None or record is None:
            detail = f"node {given.path}{node_id} has not been reached, or there is none"
            raise NotFound(detail, execution_id=execution_id)
        by = _known_as(caller, record, asked) or require_approver(caller, found, asked)
        if request is None or _is_over(found, record):
            self._require_same(found, record, by, given)
            return record
        self._check(found, record, request, given)
        answered = self._write(execution_id, record, by, given)
        self.logs.note(execution_id, "INFO", f"{given.decision} by {by}", now(), node_id)
        return answered

    def _tell(self, record: NodeRecord) -> None:
        for gate in self.gates.read(record.execution_id, record.path, (own_gate(record.node_id),)):
            for token in gate.tokens:
                send_success(token, record.branch)

    def _record(self, execution_id: str, node_id: str, path: str) -> NodeRecord | None:
        if not is_node_id(node_id):
            return None
        key = node_key(path, node_id)
        return self.executions.read_many(execution_id, (key,)).get(key)

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
        if record.status == "completed" and (record.branch, record.answered_by) == (given.decision, by):
            return
        status = record.status if not execution.is_terminal else f"part of a {execution.status} execution"
        raise IllegalTransition(
            f"node {record.path}{record.node_id} is {status}: it waits for no answer",
            execution_id=execution.execution_id,
        )

    def _write(self, execution_id: str, record: NodeRecord, by: str, given: Answer) -> NodeRecord:
        at = now()
        # Somebody else may answer just now: neither may take the place of what the other has stored.
        name = f"{node_key(record.path, record.node_id)}#{new_id()}"
        output = self.payloads.put(execution_id, name, answer(given.decision, by, at, given.data))
        answered = replace(
            record,
            status="completed",
            completed_at=at,
            expires_at=None,
            branch=given.decision,
            output=output,
            answered_by=by,
        )
        self.executions.put_node(answered, record)
        return answered


def _known_as(caller: Caller, record: NodeRecord, asked: Collection[str]) -> str | None:
    """The user id of a caller who is asked, or has answered; None for others."""
    is_known = caller.user_id in asked or caller.user_id == record.answered_by
    return caller.user_id if is_known else None


def _is_over(execution: Execution, record: NodeRecord) -> bool:
    """Whether nothing of its attempt can go on any more; a cancelled one may clean up."""
    is_cleaning_up = execution.is_cleaning_up and record.attempt == execution.attempt
    return execution.is_terminal and not is_cleaning_up


@cache
def answers() -> Answers:
    return Answers(execution_store(), payload_store(), gate_store(), log_store())
