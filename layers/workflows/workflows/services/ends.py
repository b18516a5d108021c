"""Ends executions: at their user's word, or when Step Functions says that they have ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import execution_store, log_store, state_machines
from workflows.domain import transitions
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition, Unavailable
from workflows.domain.execution import Execution, ExecutionError
from workflows.domain.ids import is_id
from workflows.domain.log_entry import Level
from workflows.domain.outcome import Outcome
from workflows.domain.times import now
from workflows.domain.transitions import Transition
from workflows.services.access import controllable

_HISTORY_IS_FULL = "reached the maximum number of history events"
"""Of the cause with which Step Functions fails an execution after 25,000 events."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cancels:
    executions: ExecutionStore
    logs: LogStore
    machines: StateMachines

    def cancel(self, caller: Caller, execution_id: str) -> Execution:
        """Cancel an execution: no node starts from here on. Cancelling a cancelled one changes nothing.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has completed or failed.
        """
        execution = controllable(self.executions, caller, execution_id, "cancel")
        if execution.status == "cancelled":
            return execution
        execution = self._cancel(execution)
        stop(self.machines, execution, "Cancelled", f"cancelled by {caller.user_id or 'its executor'}")
        self.logs.note(execution_id, "WARNING", "execution cancelled", execution.cancelled_at or now())
        return execution

    def _cancel(self, execution: Execution) -> Execution:
        execution_id = execution.execution_id
        try:
            return self.executions.apply(execution_id, transitions.cancelled(now()))
        except ConditionFailed as error:
            found = Execution.from_item(error.item) if error.item else execution
            if found.status == "cancelled":
                return found
            raise IllegalTransition(
                f"the execution is {found.status}: it cannot be cancelled any more", execution_id=execution_id
            ) from error


def stop(machines: StateMachines, execution: Execution, error: str, cause: str) -> None:
    """Tell Step Functions to stop an attempt whose nodes start nothing any more.

    Where it does not listen, the reconciler says it again: the attempt is due for that.
    """
    try:
        machines.stop(execution, error, cause)
    except Unavailable as failure:
        logger.warning("attempt %s is not stopped yet: %s", execution.name, failure)


@dataclass(frozen=True, slots=True)
class Settlements:
    """The net behind the nodes: what Step Functions ended and no node recorded."""

    executions: ExecutionStore
    logs: LogStore

    def settle(self, name: str, outcome: Outcome) -> None:
        """Record how an attempt ended, unless that is known or a later attempt runs. Idempotent.

        Args:
            name: Of the Step Functions execution: `<execution_id>-<attempt>`.
        """
        execution_id, _, attempt = name.rpartition("-")
        if not is_id(execution_id) or not attempt.isdecimal():
            return  # Somebody started it by hand, in the console: it is no execution of ours.
        at = now()
        transition, level, message = _ending(outcome, int(attempt), at)
        try:
            self.executions.apply(execution_id, transition)
        except ConditionFailed:
            # Who knew first has written it: the failing node, the cancel, or this event's first delivery.
            return
        self.logs.note(execution_id, level, message, at)


def _ending(outcome: Outcome, attempt: int, at: str) -> tuple[Transition, Level, str]:
    if _HISTORY_IS_FULL in (outcome.cause or ""):
        return transitions.carried_on(attempt, at), "INFO", "execution carries on in another attempt"
    if outcome.status == "ABORTED":
        message = "execution cancelled: it was stopped in Step Functions"
        return transitions.cancelled(at, attempt, ("pending", "running")), "WARNING", message
    if outcome.status == "TIMED_OUT":
        error = ExecutionError("timed_out", "the execution took longer than its time-out")
    else:
        detail = ": ".join(part for part in (outcome.error, outcome.cause) if part)
        error = ExecutionError(
            "engine_failed", f"Step Functions ended the execution: {detail or 'no reason given'}"
        )
    failure = transitions.failed(attempt, error, at, ("pending", "running"))
    return failure, "ERROR", f"execution failed: {error.message}"


@cache
def cancels() -> Cancels:
    return Cancels(execution_store(), log_store(), state_machines())


@cache
def settlements() -> Settlements:
    return Settlements(execution_store(), log_store())
