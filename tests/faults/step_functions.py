"""Step Functions in memory: state machines, their executions, tokens and the events about their ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.faults.asl import Invoke, Machine, TaskError
from tests.faults.dynamodb import refused
from tests.faults.loop import Future, Loop

DESCRIBE_LAG_SECONDS = 2.0
"""DescribeExecution "is eventually consistent": what it tells may be so old."""

HISTORY_IS_FULL = "The execution reached the maximum number of history events (25000)."


@dataclass
class Run:
    """An execution of a state machine.

    Attributes:
        statuses: With the time from which each holds.
    """

    arn: str
    input: str
    machine: Machine
    statuses: list[tuple[float, str]]
    error: str | None = None
    cause: str | None = None

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def status(self) -> str:
        return self.statuses[-1][1]


@dataclass
class FakeStepFunctions:
    """The client. Every call is atomic and takes no time; `tests.faults.seam` adds both that and faults.

    Attributes:
        on_end: Called with each execution that has ended.
        runs: By the name of the execution.
    """

    loop: Loop
    random: Random
    invoke: Invoke
    on_end: Callable[[Run], None]
    machines: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    def create_state_machine(self, *, name: str, definition: str, **_: Any) -> dict[str, Any]:
        self.machines.setdefault(name, definition)
        return {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803
        machine = stateMachineArn.rpartition(":")[2]
        if machine not in self.machines:
            raise refused("StartExecution", "StateMachineDoesNotExist", stateMachineArn)
        if known := self.runs.get(name):
            # "If StartExecution is called with the same name and input as a running execution, the call
            # succeeds [...]. If the execution is closed or if the input is different, it returns a 400".
            if known.status != "RUNNING" or known.input != input:
                raise refused("StartExecution", "ExecutionAlreadyExists", name)
            return {}
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        run = Run(
            arn, input, Machine(name, self.loop, self.random, self.invoke), [(self.loop.now, "RUNNING")]
        )
        self.runs[name] = run
        future = run.machine.run(json.loads(self.machines[machine]), json.loads(input))
        future.waiting.append(lambda: self._settle(run, future))
        return {}

    def stop_execution(self, *, executionArn: str, error: str = "", cause: str = "") -> dict[str, Any]:  # noqa: N803
        run = self.runs.get(executionArn.rpartition(":")[2])
        if run is None:
            raise refused("StopExecution", "ExecutionDoesNotExist", executionArn)
        self.end(run, "ABORTED", error, cause)
        return {}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        run = self.runs.get(executionArn.rpartition(":")[2])
        seen_at = self.loop.now - self.random.uniform(0, DESCRIBE_LAG_SECONDS)
        seen = [status for since, status in run.statuses if since <= seen_at] if run else []
        if run is None or not seen:
            raise refused("DescribeExecution", "ExecutionDoesNotExist", executionArn)
        ended = {"error": run.error, "cause": run.cause} if seen[-1] in ("FAILED", "ABORTED") else {}
        return {"status": seen[-1], **{name: text for name, text in ended.items() if text}}

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        self._token(taskToken, "SendTaskSuccess").resolve(json.loads(output))
        return {}

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> dict[str, Any]:  # noqa: N803
        self._token(taskToken, "SendTaskFailure").resolve(error=TaskError(error, cause))
        return {}

    def end(self, run: Run, status: str, error: str = "", cause: str = "") -> bool:
        """End an execution, unless it has ended."""
        if run.status != "RUNNING":
            return False
        run.statuses.append((self.loop.now, status))
        run.error, run.cause = error or None, cause or None
        run.machine.stop()
        self.on_end(run)
        return True

    def _settle(self, run: Run, future: Future) -> None:
        match future.error:
            case None:
                self.end(run, "SUCCEEDED")
            case TaskError() as error:
                self.end(run, "FAILED", error.name, error.cause)
            case Exception() as error:
                raise AssertionError(f"the state machine {run.name} is not understood") from error

    def _token(self, token: str, operation: str) -> Future:
        run = self.runs.get(token.partition(" ")[0])
        future = run.machine.tokens.get(token) if run else None
        if future is None or future.done:
            raise refused(operation, "TaskTimedOut", "the Task does not wait any more")
        return future
