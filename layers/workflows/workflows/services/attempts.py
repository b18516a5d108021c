"""Pauses executions, and lets further attempts carry on with what is paused or has failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import execution_store, log_store, state_machines
from workflows.domain import transitions
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition
from workflows.domain.execution import Execution
from workflows.domain.times import now
from workflows.domain.transitions import Transition
from workflows.services.access import controllable
from workflows.services.ends import found_instead, stop
from workflows.services.launches import Launches, launches

_PATIENCE_SECONDS = 3.0
"""Most nodes that are under way are done by then; for the others there is the reconciler."""


@dataclass(frozen=True, slots=True)
class Pauses:
    executions: ExecutionStore
    logs: LogStore
    machines: StateMachines

    def pause(self, caller: Caller, execution_id: str) -> Execution:
        """Pause an execution: nodes under way finish, none starts. Pausing a paused one changes nothing.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has ended.
        """
        execution = controllable(self.executions, caller, execution_id, "pause")
        while execution.status != "paused":
            if execution.status not in transitions.sources_of("paused"):
                raise _illegal(execution, "paused")
            try:
                execution = self.executions.apply(execution_id, transitions.paused(execution, now()))
            except ConditionFailed as error:
                # It began, was resumed, or ended just now: it is paused as what it is.
                execution = found_instead(error, execution_id)
            else:
                stop(self.machines, execution, "Paused", f"paused by {caller.user_id or 'its executor'}")
                self.logs.note(execution_id, "INFO", "execution paused", execution.paused_at or now())
        return execution


@dataclass(frozen=True, slots=True)
class Attempts:
    executions: ExecutionStore
    logs: LogStore
    launches: Launches

    def resume(self, caller: Caller, execution_id: str) -> Execution:
        """Carry on with a paused execution, as soon as no node of its last attempt is at work any more.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It is not paused.
        """
        execution = controllable(self.executions, caller, execution_id, "resume")
        return self._next(execution, "resumed", transitions.resumed)

    def retry(self, caller: Caller, execution_id: str) -> Execution:
        """Carry on with a failed execution from what failed; what is settled stays so.

        Raises:
            NotFound, Forbidden: As the caller may see it.
            IllegalTransition: It has not failed.
        """
        execution = controllable(self.executions, caller, execution_id, "retry")
        return self._next(execution, "retried", transitions.retried)

    def _next(
        self, execution: Execution, done: str, transition: Callable[[Execution, str], Transition]
    ) -> Execution:
        at = now()
        change = transition(execution, at)
        try:
            execution = self.executions.apply(execution.execution_id, change)
        except ConditionFailed as error:
            execution = found_instead(error, execution.execution_id)
            if execution.status != "pending" or execution.due_at != change.changes["due_at"]:
                raise _illegal(execution, done) from error
            # Else it is our own write, whose answer was lost and which the SDK made once more.
        self.logs.note(execution.execution_id, "INFO", f"execution {done}: attempt {execution.attempt}", at)
        self.launches.launch(execution, _PATIENCE_SECONDS)
        return execution


def _illegal(execution: Execution, done: str) -> IllegalTransition:
    return IllegalTransition(
        f"the execution is {execution.status}: it cannot be {done}", execution_id=execution.execution_id
    )


@cache
def pauses() -> Pauses:
    return Pauses(execution_store(), log_store(), state_machines())


@cache
def attempts() -> Attempts:
    return Attempts(execution_store(), log_store(), launches())
