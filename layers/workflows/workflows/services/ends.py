"""Ends executions: at their user's word, or when Step Functions says that they have ended."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import execution_store, log_store, state_machines
from workflows.domain import transitions
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition, NotFound, Unavailable
from workflows.domain.execution import STATUSES, Execution
from workflows.domain.execution_error import ExecutionError
from workflows.domain.log_entry import Level
from workflows.domain.outcome import Outcome
from workflows.domain.times import now
from workflows.domain.transitions import Transition
from workflows.services.access import controllable
from workflows.services.launches import Launches, launches

_HISTORY_IS_FULL = "reached the maximum number of history events"
"""Of the cause with which Step Functions fails an execution after 25,000 events."""

_LOOKS = 3
"""An execution that is to be settled can change under the hand once: when its first node begins."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cancels:
    executions: ExecutionStore
    logs: LogStore
    machines: StateMachines
    launches: Launches

    def cancel(self, caller: Caller, execution_id: str) -> Execution:
        """Cancel an execution: no node starts from here on. Cancelling a cancelled one changes nothing.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has completed or failed.
        """
        execution = controllable(self.executions, caller, execution_id, "cancel")
        return self._cancel(execution, f"cancelled by {caller.user_id or 'its executor'}")

    def cancel_child(self, execution_id: str, parent_id: str) -> None:
        """Cancel an execution whose parent has ended, unless it has ended itself."""
        execution = self.executions.get(execution_id)
        if execution is not None and not execution.is_terminal:
            with suppress(IllegalTransition, NotFound):
                self._cancel(execution, f"cancelled with execution {parent_id}")

    def _cancel(self, execution: Execution, reason: str) -> Execution:
        execution_id = execution.execution_id
        while execution.status != "cancelled":
            if execution.status not in transitions.sources_of("cancelled"):
                raise IllegalTransition(
                    f"the execution is {execution.status}: it cannot be cancelled any more",
                    execution_id=execution_id,
                )
            before = execution
            try:
                execution = self.executions.apply(execution_id, transitions.cancelled(before, now()))
            except ConditionFailed as error:
                # It began, was paused, or ended just now.
                execution = found_instead(error, execution_id)
            else:
                stop(self.machines, before, "Cancelled", reason)
                at = execution.cancelled_at or now()
                self.logs.note(execution_id, "WARNING", "execution cancelled", at)
                if execution.cleans_up:
                    self.launches.launch(execution)
        return execution


def found_instead(error: ConditionFailed, execution_id: str) -> Execution:
    """The execution as a transition found it.

    Raises:
        NotFound: It was deleted.
    """
    if error.item is None or error.item["status"] not in STATUSES:
        raise NotFound(f"there is no execution {execution_id}") from error
    return Execution.from_item(error.item)


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

    def settle(self, name: str, outcome: Outcome) -> bool:
        """Record how an attempt ended, unless that is known or a later attempt runs. Idempotent.

        Args:
            name: Of the Step Functions execution: `<execution_id>-<attempt>`.

        Returns:
            Whether it was not known.
        """
        # One that somebody started by hand, in the console, is no execution of ours.
        execution_id = name.rpartition("-")[0]
        for _ in range(_LOOKS):
            execution = self.executions.get(execution_id)
            # What a node, a cancel or an earlier event has recorded stands, and so does a later attempt.
            if execution is None or execution.name != name or execution.status not in ("pending", "running"):
                return False
            at = now()
            transition, level, message = _ending(execution, outcome, at)
            try:
                self.executions.apply(execution_id, transition)
            except ConditionFailed:
                continue  # Its first node began just now, or somebody else was faster.
            self.logs.note(execution_id, level, message, at)
            return True
        return False


def _ending(execution: Execution, outcome: Outcome, at: str) -> tuple[Transition, Level, str]:
    if _HISTORY_IS_FULL in (outcome.cause or ""):
        message = "execution carries on in another attempt"
        return transitions.carried_on(execution, at), "INFO", message
    if outcome.status == "ABORTED":
        message = "execution cancelled: it was stopped in Step Functions"
        return transitions.cancelled(execution, at), "WARNING", message
    if outcome.status == "TIMED_OUT":
        error = ExecutionError("timed_out", "the execution took longer than its time-out")
    else:
        detail = ": ".join(part for part in (outcome.error, outcome.cause) if part)
        error = ExecutionError(
            "engine_failed", f"Step Functions ended the execution: {detail or 'no reason given'}"
        )
    failure = transitions.failed(execution.attempt, error, at, ("pending", "running"))
    return failure, "ERROR", f"execution failed: {error.message}"


@cache
def cancels() -> Cancels:
    return Cancels(execution_store(), log_store(), state_machines(), launches())


@cache
def settlements() -> Settlements:
    return Settlements(execution_store(), log_store())
