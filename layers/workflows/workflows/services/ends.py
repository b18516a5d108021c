"""Ends executions: at their user's word, or when Step Functions says that they have ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import execution_store, log_store, state_machines
from workflows.domain.access import Caller, can_cancel, can_read_execution
from workflows.domain.errors import Forbidden, IllegalTransition, NotFound
from workflows.domain.execution import Execution, ExecutionError, Status, sources_of
from workflows.domain.ids import is_id
from workflows.domain.log_entry import Level
from workflows.domain.times import now


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
            Unavailable: Step Functions could not be told; the execution is cancelled all the same.
        """
        execution = self.executions.get(execution_id)
        if execution is None or not can_read_execution(caller, execution):
            raise NotFound(f"there is no execution {execution_id}")
        if not can_cancel(caller, execution):
            raise Forbidden(
                "only who started an execution and admins may cancel it", execution_id=execution_id
            )
        is_new = execution.status != "cancelled"
        if is_new:
            execution = self._cancel(execution)
        self.machines.stop(execution, "Cancelled", f"cancelled by {caller.user_id or 'its executor'}")
        if is_new:
            self.logs.note(execution_id, "WARNING", "execution cancelled", execution.cancelled_at or now())
        return execution

    def _cancel(self, execution: Execution) -> Execution:
        moment = now()
        execution_id = execution.execution_id
        try:
            return self.executions.move(
                execution_id,
                sources_of("cancelled"),
                "cancelled",
                cancelled_at=moment,
                completed_at=moment,
            )
        except ConditionFailed as error:
            found = Execution.from_item(error.item) if error.item else execution
            if found.status == "cancelled":
                return found
            raise IllegalTransition(
                f"the execution is {found.status}: it cannot be cancelled any more", execution_id=execution_id
            ) from error


_ENDINGS: dict[str, tuple[Status, Level, str]] = {
    "FAILED": ("failed", "ERROR", "execution failed"),
    "TIMED_OUT": ("failed", "ERROR", "execution failed: it took longer than its time-out"),
    "ABORTED": ("cancelled", "WARNING", "execution cancelled: it was stopped in Step Functions"),
}


@dataclass(frozen=True, slots=True)
class Settlements:
    """The net behind the nodes: what Step Functions ended and no node recorded."""

    executions: ExecutionStore
    logs: LogStore

    def settle(self, name: str, status: str, error: str | None, cause: str | None) -> None:
        """Record how an attempt ended, unless that is known or a later attempt runs. Idempotent.

        Args:
            name: Of the Step Functions execution: `<execution_id>-<attempt>`.
            status: FAILED, TIMED_OUT or ABORTED.
        """
        execution_id, _, attempt = name.rpartition("-")
        if not is_id(execution_id) or not attempt.isdecimal():
            return  # Somebody started it by hand, in the console: it is no execution of ours.
        target, level, message = _ENDINGS[status]
        moment = now()
        try:
            self.executions.move(
                execution_id,
                ("pending", "running"),
                target,
                attempt=int(attempt),
                error=_error(status, error, cause) if target == "failed" else None,
                completed_at=moment,
                cancelled_at=moment if target == "cancelled" else None,
            )
        except ConditionFailed:
            # Who knew first has written it: the failing node, the cancel, or this event's first delivery.
            return
        self.logs.note(execution_id, level, message, moment)


def _error(status: str, error: str | None, cause: str | None) -> ExecutionError:
    if status == "TIMED_OUT":
        return ExecutionError("timed_out", "the execution took longer than its time-out")
    detail = ": ".join(part for part in (error, cause) if part)
    return ExecutionError(
        "engine_failed", f"Step Functions ended the execution: {detail or 'no reason given'}"
    )


@cache
def cancels() -> Cancels:
    return Cancels(execution_store(), log_store(), state_machines())


@cache
def settlements() -> Settlements:
    return Settlements(execution_store(), log_store())
