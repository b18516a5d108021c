"""The net below everything else: each minute it looks at the executions that are due.

It starts what was accepted and never started, stops what must not run, settles what ended unseen, and ends
what takes too long. Each of these is harmless to repeat, so it may itself be cut off, doubled or late.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.execution_indexes import ExecutionIndexes
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.logs import LogStore
from workflows.adapters.state_machines import StateMachines
from workflows.adapters.stores import execution_indexes, execution_store, log_store, state_machines
from workflows.domain import transitions
from workflows.domain.execution import Execution
from workflows.domain.outcome import MISSING, Outcome
from workflows.domain.times import now
from workflows.domain.transitions import MAX_CHECK_SECONDS, START_SECONDS, later
from workflows.services.children import Relations, relations
from workflows.services.deletions import Deletions, deletions
from workflows.services.ends import Settlements, settlements, stop
from workflows.services.launches import Launches, launches
from workflows.services.log_archives import ArchiveRequests, archive_requests
from workflows.services.slots import Slots, slots

logger = logging.getLogger(__name__)

_LOOKS = 800
"""How many executions one run looks at: DescribeExecution refills by 15 a second, 900 a minute.

In most regions it is 10: those that are refused stay due.
"""


RepairKind = Literal["started", "settled", "timed_out", "freed"]


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done for an execution as nobody else had.

    Attributes:
        kind: It was started, its end in Step Functions was recorded, its time was over, or its slot freed.
    """

    kind: RepairKind
    execution_id: str


def _nobody(_: Repair) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _Run:
    """What the looks of a run share.

    Attributes:
        scopes: Those whose slots it has been through already.
    """

    tell: Callable[[Repair], None]
    scopes: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reconciler:
    executions: ExecutionStore
    indexes: ExecutionIndexes
    logs: LogStore
    machines: StateMachines
    launches: Launches
    slots: Slots
    settlements: Settlements
    deletions: Deletions
    archives: ArchiveRequests
    relations: Relations

    def run(self, until: float, tell: Callable[[Repair], None] = _nobody) -> Counter[str]:
        """Look at what is due, the longest due first, until that is done or the time is up.

        With the looks that are left it sees whether what runs, and is due later, has ended unseen.

        Args:
            until: Unix time.
            tell: Called with each repair, once it is done.

        Returns:
            How many were looked at, by status, or `early`; `not reached` were due, and left for the next run.
        """
        seen: Counter[str] = Counter()
        run = _Run(tell)
        at = now()
        due = self.indexes.due(at, _LOOKS + 1)
        for execution_id in due[:_LOOKS]:
            seen[self._looked_at(execution_id, until, lambda id_: self._look_at(id_, run))] += 1
        if len(due) > _LOOKS:
            # One stands for all that are beyond: how many those are would have to be counted.
            seen["not reached"] += 1
        if len(due) < _LOOKS:
            soon = self.indexes.due(later(at, MAX_CHECK_SECONDS), _LOOKS)
            for execution_id in [id_ for id_ in soon if id_ not in set(due)]:
                # They are not due yet: one that cannot be seen to now is neither stuck nor late.
                if self._looked_at(execution_id, until, lambda id_: self._look_early(id_, run)) == "early":
                    seen["early"] += 1
        return seen

    def _looked_at(self, execution_id: str, until: float, look: Callable[[str], str]) -> str:
        if time.time() >= until:
            return "not reached"
        try:
            return look(execution_id)
        except Exception:
            # One that cannot be helped now must not keep the others from it; it stays due.
            logger.exception("execution %s is not reconciled", execution_id)
            return "not reconciled"

    def _look_at(self, execution_id: str, run: _Run) -> str:
        execution = self.executions.get(execution_id)
        if execution is None:
            self.deletions.finish(execution_id)
            return "deleted"
        at = now()
        if execution.due_at is None or execution.due_at > at:
            return "not due"
        if not execution.is_terminal:
            self.archives.request_before_expiry(execution, at)
        match execution.status:
            case "pending":
                self._start(execution, at, run)
            case "running":
                self._check(execution, at, run)
            case "cancelled" if execution.cleans_up:
                self._clean_up(execution, at)
            case _:
                self.machines.stop(execution, "Stopped", f"the execution is {execution.status}")
                self.executions.postpone(execution, None)
        return execution.status

    def _start(self, execution: Execution, at: str, run: _Run) -> None:
        if execution.slots and not self.slots.has(execution):
            self._see_to_slots(execution, at, run)
            return
        outcome = self.machines.outcome(execution)
        if outcome is None:
            # It has begun there, and no node yet: Step Functions has its own retries.
            self.executions.postpone(execution, later(at, START_SECONDS))
        elif outcome.status != MISSING:
            self._settle(execution, outcome, run)
        else:
            self.executions.postpone(execution, later(at, START_SECONDS))
            self.launches.launch(execution, has_slots=True)
            run.tell(Repair("started", execution.execution_id))

    def _settle(self, execution: Execution, outcome: Outcome, run: _Run) -> None:
        if self.settlements.settle(execution.name, outcome):
            run.tell(Repair("settled", execution.execution_id))

    def _see_to_slots(self, execution: Execution, at: str, run: _Run) -> None:
        """Frees slots whose holders ended unseen. Their ends tell mostly: who waits is looked at rarely."""
        self.executions.postpone(execution, transitions.next_check(execution, at))
        fresh = [scope for scope in execution.slots if scope not in run.scopes]
        run.scopes.update(fresh)
        for scope in fresh:
            for holder in self.slots.reclaim(scope):
                run.tell(Repair("freed", holder.execution_id))
        if fresh:
            self.launches.launch(execution)

    def _clean_up(self, execution: Execution, at: str) -> None:
        """Starts the clean-up of a cancelled execution, and ends what takes longer than it may."""
        outcome = self.machines.outcome(execution)
        is_late = (execution.deadline or "") <= at
        if is_late or (outcome and outcome.status != MISSING):
            self.machines.stop(execution, "TimedOut", "the clean-up took longer than it may")
            self.executions.postpone(execution, None)
            return
        self.executions.postpone(execution, later(at, START_SECONDS))
        if outcome:
            self.launches.launch(execution)
        else:
            self.relations.look_after(execution)

    def _look_early(self, execution_id: str, run: _Run) -> str:
        execution = self.executions.get(execution_id)
        if execution is not None and execution.status == "running":
            self._settle_if_ended(execution, now(), run)
        return "early"

    def _check(self, execution: Execution, at: str, run: _Run) -> None:
        if execution.deadline is not None and execution.deadline <= at:
            self._time_out(execution, at, run)
            return
        if not self._settle_if_ended(execution, at, run):
            self.relations.look_after(execution)
            self.executions.postpone(execution, transitions.next_check(execution, at))

    def _settle_if_ended(self, execution: Execution, at: str, run: _Run) -> bool:
        outcome = self.machines.outcome(execution)
        # "DescribeExecution is eventually consistent": it may not know yet what has begun just now.
        is_new = later(execution.begun_at or at, START_SECONDS) > at
        if outcome is None or (is_new and outcome.status == MISSING):
            return False
        self._settle(execution, outcome, run)
        return True

    def _time_out(self, execution: Execution, at: str, run: _Run) -> None:
        try:
            execution = self.executions.apply(
                execution.execution_id, transitions.timed_out(execution.attempt, at)
            )
        except ConditionFailed:
            return
        stop(self.machines, execution, "TimedOut", "the execution took longer than its time-out")
        self.logs.note(
            execution.execution_id, "ERROR", "execution failed: it took longer than its time-out", at
        )
        run.tell(Repair("timed_out", execution.execution_id))


@cache
def reconciler() -> Reconciler:
    return Reconciler(
        execution_store(),
        execution_indexes(),
        log_store(),
        state_machines(),
        launches(),
        slots(),
        settlements(),
        deletions(),
        archive_requests(),
        relations(),
    )
