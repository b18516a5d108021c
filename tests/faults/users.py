"""People who execute workflows, change their minds, and try again when they are told that it did not work."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.platform import API_TIMEOUT_SECONDS
from tests.faults.seam import Killed
from tests.faults.step_functions import HISTORY_IS_FULL
from tests.faults.world import World
from workflows.adapters.clients import SERVICE_FAILURES
from workflows.domain.access import Caller
from workflows.domain.errors import IllegalTransition, NotFound
from workflows.domain.execution import Execution
from workflows.services.attempts import attempts, pauses
from workflows.services.ends import cancels
from workflows.services.starts import Starts, Wanted

Action = tuple[float, str]
"""What is done so many seconds after the execution was accepted."""

PATIENCE = 400
"""How often `execute` is tried, which has a key; with the pauses, for hours."""


@dataclass
class Visit:
    """One wish to execute a workflow, and what becomes of it.

    Attributes:
        actions: In order of time: cancel, pause, resume, stop (by an operator), overflow (of the history).
        retries: How often a failed execution is retried.
    """

    number: int
    user_id: str
    workflow_id: str
    inputs: dict[str, Any]
    starts_after: float
    actions: list[Action] = field(default_factory=list)
    retries: int = 3
    webhook_url: str | None = None
    execution_id: str | None = None
    is_done: bool = False

    @property
    def caller(self) -> Caller:
        return Caller("user", self.user_id)


class Visitor:
    """Makes a visit, as a process of a world."""

    def __init__(self, world: World, starts: Starts, visit: Visit) -> None:
        self._world = world
        self._starts = starts
        self._visit = visit

    def run(self) -> None:
        visit, loop = self._visit, self._world.loop
        self._execute()
        if visit.execution_id is not None:
            begun = loop.now
            for after, action in visit.actions:
                loop.sleep(max(0.0, begun + after - loop.now))
                self._act(action, visit.execution_id)
            self._see_through(visit.execution_id)
        visit.is_done = True

    def _execute(self) -> None:
        visit = self._visit
        wanted = Wanted(inputs=visit.inputs, webhook_url=visit.webhook_url)
        key = f"key {visit.number}"

        def execute() -> Execution:
            return self._starts.execute(visit.caller, visit.workflow_id, wanted, key).execution

        execution = self._insist("execute", execute, PATIENCE)
        assert execution is not None, "an execution was never accepted"
        visit.execution_id = execution.execution_id

    def _act(self, action: str, execution_id: str, tries: int = 5) -> None:
        caller, engine = self._visit.caller, self._world.engine
        calls: dict[str, Callable[[], Execution]] = {
            "cancel": lambda: cancels().cancel(caller, execution_id),
            "pause": lambda: pauses().pause(caller, execution_id),
            "resume": lambda: attempts().resume(caller, execution_id),
            "retry": lambda: attempts().retry(caller, execution_id),
        }
        if call := calls.get(action):
            self._insist(action, call, tries)
            return
        runs = [
            run
            for run in engine.runs.values()
            if run.name.startswith(execution_id) and run.status == "RUNNING"
        ]
        for run in runs:
            self._world.monitor.trace(execution_id, f"operator: {action}")
            if action == "stop":
                self._world.monitor.stops.add(run.name)
                engine.end(run, "ABORTED")
            else:
                engine.end(run, "FAILED", "States.Runtime", HISTORY_IS_FULL)

    def _see_through(self, execution_id: str) -> None:
        """Resume what is paused, and retry what has failed, as often as wanted."""
        left = self._visit.retries
        loop, records = self._world.loop, self._world.monitor.statuses.records
        while True:
            loop.sleep(20)
            status = records[execution_id]["status"]
            if status == "paused":
                self._act("resume", execution_id)
            elif status == "failed" and left:
                left -= 1
                self._act("retry", execution_id)
            elif status in ("completed", "cancelled", "failed"):
                return

    def _insist(self, function: str, call: Callable[[], Execution], tries: int) -> Execution | None:
        """Call the API until it answers, which a conflict is as well."""
        loop, platform = self._world.loop, self._world.platform
        for number in range(tries):
            future = platform.run(function, call, API_TIMEOUT_SECONDS)
            loop.wait(future)
            if future.error is None:
                answer: Execution = future.value
                return answer
            if isinstance(future.error, IllegalTransition | NotFound):
                return None
            self._world.monitor.seen[f"{function}: {type(future.error).__name__}"] += 1
            if not isinstance(future.error, (*SERVICE_FAILURES, Killed)):
                where = traceback.format_exception(future.error)[-3:]
                self._world.monitor.broken("error", self._visit.execution_id or "", " ".join(where))
            loop.sleep(min(30.0, 1.5**number))
        return None
