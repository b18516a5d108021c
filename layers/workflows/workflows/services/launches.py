"""Starts attempts: of what was accepted, resumed or retried, as soon as it may start."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.execution_indexes import ExecutionIndexes
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachineMissing, StateMachines
from workflows.adapters.stores import execution_indexes, execution_store, log_store, state_machines
from workflows.domain import transitions
from workflows.domain.errors import Invalid, Unavailable
from workflows.domain.execution import Execution
from workflows.domain.execution_error import ExecutionError
from workflows.domain.scopes import Scope, of_user, of_workflow
from workflows.domain.times import now
from workflows.services.slots import Slots, slots

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25
_LOOK_AHEAD = 100
"""How many waiting executions are looked at for one that may start."""


def workflow_scope(workflow_id: str) -> str:
    return f"workflow#{workflow_id}"


def user_scope(user_id: str) -> str:
    return f"user#{user_id}"


@dataclass(frozen=True, slots=True)
class Launches:
    executions: ExecutionStore
    indexes: ExecutionIndexes
    logs: LogStore
    machines: StateMachines
    slots: Slots

    def launch(self, execution: Execution, patience_seconds: float = 0, *, has_slots: bool = False) -> None:
        """Start the attempt of a pending execution if it may start now; else the reconciler comes back to it.

        Doing so again is harmless. Where executions wait for a slot, those accepted earlier go first. A
        clean-up is an attempt that needs no slot.

        Args:
            patience_seconds: How long to wait for nodes of the attempt before, which are under way yet.
            has_slots: Whether it has all that it needs, so need not wait behind those that have none.
        """
        try:
            self._launch(execution, time.monotonic() + patience_seconds, has_slots)
        except SERVICE_FAILURES as error:
            # What was accepted stays so, and the reconciler starts it.
            logger.warning("execution %s is not started yet: %s", execution.execution_id, error)

    def _launch(self, execution: Execution, deadline: float, has_slots: bool) -> None:
        while not self._is_alone(execution):
            if time.monotonic() >= deadline:
                return
            time.sleep(_LOOK_SECONDS)
        if execution.cleans_up or has_slots or not execution.slots:
            self._start(execution)
            return
        for scope in execution.slots:
            if self.launch_waiting(scope, execution):
                return

    def launch_waiting(self, scope: str, newest: Execution | None = None) -> bool:
        """Start those that wait for a slot in a scope, in the order of acceptance, as far as there are any.

        Args:
            newest: One that the list may not show yet, as indexes follow the table with a delay.

        Returns:
            Whether `newest` has its slots now.
        """
        waiting = self.indexes.page(
            _list_of(scope), ("pending",), newest_first=False, offset=0, limit=_LOOK_AHEAD
        )
        ids = [item["execution_id"] for item in waiting]
        if newest and newest.execution_id not in ids:
            ids.append(newest.execution_id)
        full: set[str] = set()
        for execution_id in ids:
            execution = self.executions.get(execution_id)
            if execution is None or execution.status != "pending" or execution.slots.keys() & full:
                continue  # Who has found no slot is not passed by for one that is freed just now.
            if not self._is_alone(execution):
                continue
            taken = self.slots.take(execution)
            if taken.full == scope:
                return False
            is_newest = newest is not None and execution_id == newest.execution_id
            if taken.full is not None:
                full.add(taken.full)
            elif taken.is_new or is_newest:
                self._start(execution)
            if is_newest:
                return taken.full is None
        return False

    def _start(self, execution: Execution) -> None:
        try:
            self._tell_step_functions(execution)
        except StateMachineMissing:
            logger.warning("execution %s waits for its state machine", execution.execution_id)
        except SERVICE_FAILURES as error:
            logger.warning("execution %s is not started yet: %s", execution.execution_id, error)
        except Invalid as error:
            self._fail(execution, f"its definition cannot be compiled any more: {error.detail}")
        except Exception:
            # Nothing will start it: it must not stay pending for ever.
            logger.exception("execution %s cannot be started", execution.execution_id)
            self._fail(execution, "something went wrong on our side; it has been logged")

    def _is_alone(self, execution: Execution) -> bool:
        """Whether nothing of the attempt before is at work any more."""
        if execution.attempt == 1:
            return True
        try:
            self.machines.stop(execution.previous_attempt(), "Superseded", "a later attempt carries on")
        except Unavailable:
            return False
        return not self.executions.has_live_lease(execution.execution_id, now())

    def _tell_step_functions(self, execution: Execution) -> None:
        try:
            self.machines.start(execution)
        except StateMachineMissing:
            # Hardly ever: other cold starts are shorter without the compiler.
            from workflows.services.redeployments import redeployments

            self.machines.start(redeployments().redeploy(execution))

    def _fail(self, execution: Execution, message: str) -> None:
        error = ExecutionError("start_failed", message)
        try:
            self.executions.apply(
                execution.execution_id,
                transitions.failed(execution.attempt, error, now(), sources=("pending",)),
            )
        except ConditionFailed:
            # It was cancelled or paused meanwhile: that stands.
            return
        self.logs.note(execution.execution_id, "ERROR", f"execution failed: {message}", now())


def _list_of(scope: str) -> Scope:
    kind, _, name = scope.partition("#")
    return of_workflow(name) if kind == "workflow" else of_user(name)


@cache
def launches() -> Launches:
    return Launches(execution_store(), execution_indexes(), log_store(), state_machines(), slots())
