"""State machines in Step Functions, one per distinct definition of a workflow, and their executions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from workflows.adapters.clients import SERVICE_FAILURES, client
from workflows.domain.errors import Unavailable
from workflows.domain.execution import Execution
from workflows.domain.outcome import MISSING, Outcome

_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "StateMachineLimitExceeded"})
_CAUSE_CHARACTERS = 32_768
_DEFINITION_CHARACTERS = 1_048_576
_UNTAGGABLE = re.compile(r"[^\w .:/=+@-]|(?<=^aws):", re.IGNORECASE)
"""What the value of a tag may not hold, and the id of an identity provider's user or a name may.

"Letters, digits, white space, or these symbols: _ . : / = + - @"; what begins with `aws:` is AWS's own.
"""


class StateMachineMissing(Exception):
    """The state machine is not (or not yet) there."""


@dataclass(frozen=True, slots=True)
class MachineLabels:
    """What the console shows of a state machine: for whom it was made, and for what.

    Attributes:
        name: The workflow's.
        comment: Says it in the definition.
    """

    workflow_id: str
    owner_id: str
    name: str
    comment: str


@dataclass(frozen=True, slots=True)
class StateMachines:
    """The state machines of this stack.

    Attributes:
        prefix: What all their names begin with: a short id of the stack.
        arn_prefix: ARN of a state machine up to and with `prefix`.
        role_arn: The role that they assume.
        stack_name: The stack's, for their tags.
        are_traced: Whether those that are made from now on send traces to X-Ray.
    """

    prefix: str
    arn_prefix: str
    role_arn: str
    stack_name: str
    are_traced: bool

    def arn(self, workflow_id: str, definition: str) -> str:
        """The ARN for an ASL definition: the same definition of a workflow has the same ARN."""
        return f"{self.arn_prefix}{self._suffix(workflow_id, definition)}"

    def deploy(self, definition: str, labels: MachineLabels) -> str:
        """Create the state machine for `definition` unless it is there; returns its ARN.

        One that is there keeps its labels: its name is made of the definition without them.

        Raises:
            Unavailable: Step Functions refuses for now (CreateStateMachine is limited to about 1/s).
        """
        try:
            client("stepfunctions").create_state_machine(
                name=f"{self.prefix}{self._suffix(labels.workflow_id, definition)}",
                definition=_commented(definition, labels.comment),
                roleArn=self.role_arn,
                type="STANDARD",
                tracingConfiguration={"enabled": self.are_traced},
                tags=[
                    {"key": "stack", "value": self.stack_name},
                    {"key": "workflow_id", "value": labels.workflow_id},
                    {"key": "workflow_name", "value": _UNTAGGABLE.sub("_", labels.name)},
                    {"key": "owner_id", "value": _UNTAGGABLE.sub("_", labels.owner_id)},
                ],
            )
        except SERVICE_FAILURES as error:
            if _code(error) in _THROTTLED:
                raise Unavailable("state machines cannot be created right now: try again") from error
            if _code(error) != "StateMachineAlreadyExists":
                raise
        return self.arn(labels.workflow_id, definition)

    def start(self, execution: Execution) -> None:
        """Start the execution's attempt; starting it again is harmless.

        Raises:
            StateMachineMissing: Deploy it first.
            Unavailable: Step Functions refuses for now.
        """
        run = {
            "execution_id": execution.execution_id,
            "workflow_id": execution.workflow_id,
            "version": execution.version,
            "attempt": execution.attempt,
            "path": "",
        }
        try:
            client("stepfunctions").start_execution(
                stateMachineArn=execution.machine_arn, name=execution.name, input=json.dumps(run)
            )
        except SERVICE_FAILURES as error:
            code = _code(error)
            if code == "StateMachineDoesNotExist":
                raise StateMachineMissing from error
            if code != "ExecutionAlreadyExists":
                raise Unavailable("executions cannot be started right now: try again") from error

    def outcome(self, execution: Execution) -> Outcome | None:
        """How Step Functions ended the execution's attempt; None while it runs.

        Raises:
            Unavailable: Step Functions refuses for now (DescribeExecution is limited to about 15/s).
        """
        try:
            found = client("stepfunctions").describe_execution(executionArn=_execution_arn(execution))
        except SERVICE_FAILURES as error:
            if _code(error) == "ExecutionDoesNotExist":
                return Outcome(MISSING, cause="it is not known there (any more)")
            raise Unavailable("Step Functions does not answer right now: try again") from error
        if found["status"] == "RUNNING":
            return None
        return Outcome(found["status"], found.get("error"), found.get("cause"))

    def stop(self, execution: Execution, error: str, cause: str) -> None:
        """Stop the execution's attempt, if it still runs.

        Raises:
            Unavailable: Step Functions refuses for now.
        """
        try:
            client("stepfunctions").stop_execution(
                executionArn=_execution_arn(execution), error=error, cause=cause[:_CAUSE_CHARACTERS]
            )
        except SERVICE_FAILURES as failure:
            if not _has_ended(failure):
                raise Unavailable("Step Functions could not be told to stop: try again") from failure

    def _suffix(self, workflow_id: str, definition: str) -> str:
        return f"-{workflow_id}-{sha256(definition.encode()).hexdigest()[:16]}"


def _commented(definition: str, comment: str) -> str:
    """The definition with a comment, if there is room for one."""
    commented = f'{{"Comment":{json.dumps(comment)},{definition.removeprefix("{")}'
    return commented if len(commented) <= _DEFINITION_CHARACTERS else definition


def _execution_arn(execution: Execution) -> str:
    arn = execution.machine_arn.replace(":stateMachine:", ":execution:")
    return f"{arn}:{execution.name}"


def _code(error: Exception) -> str:
    # A time-out has one, too, which is None.
    response: Any = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _has_ended(error: Exception) -> bool:
    return _code(error) == "ExecutionDoesNotExist" or "is not running" in str(error)
