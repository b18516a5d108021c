"""Executions of one graph: as a workflow, and as state machines that are written by hand."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.own_stack import ByHand
from tests.e2e.users import User
from tests.waiting import wait_for

_MOST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a state machine.

    Attributes:
        transitions: States that were entered.
        functions: Lambda functions that were called.
        seconds: From its start to its end, as Step Functions tells them.
    """

    transitions: int
    functions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine that is written by hand."""

    by_hand: ByHand
    arn: str

    def run(self) -> Run:
        step_functions = self.by_hand.client("stepfunctions")
        started = step_functions.start_execution(stateMachineArn=self.arn, input="{}")
        return ended(self.by_hand, started["executionArn"])


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow of ours."""

    by_hand: ByHand
    owner: User
    workflow_id: str

    def run(self) -> Run:
        execution_id = self.owner.execute(self.workflow_id)
        # Asking the API meanwhile would take of the machine's time.
        run = ended(self.by_hand, self._arn(f"{execution_id}-1"))
        execution = self.owner.ended(execution_id)
        unfinished = {name for name, node in execution["nodes"].items() if node["status"] != "completed"}
        if execution["status"] != "completed" or unfinished:
            raise AssertionError(f"{execution_id} is {execution['status']}; unfinished: {unfinished}")
        return run

    def _arn(self, name: str) -> str:
        machines = self.by_hand.client("stepfunctions").get_paginator("list_state_machines").paginate()
        (arn,) = (
            machine["stateMachineArn"]
            for page in machines
            for machine in page["stateMachines"]
            if self.workflow_id in machine["name"]
        )
        return f"{arn.replace(':stateMachine:', ':execution:')}:{name}"


def ended(by_hand: ByHand, execution_arn: str) -> Run:
    """What an execution of Step Functions took, once it has succeeded."""
    step_functions = by_hand.client("stepfunctions")
    found = wait_for(
        lambda: step_functions.describe_execution(executionArn=execution_arn),
        lambda described: described["status"] != "RUNNING",
        _MOST_SECONDS,
    )
    if found["status"] != "SUCCEEDED":
        raise AssertionError(f"{execution_arn}: {found['status']} {found.get('cause', '')}")
    described = step_functions.describe_state_machine_for_execution(executionArn=execution_arn)
    states = Counter(_types(json.loads(described["definition"])))
    pages = step_functions.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    functions = sum(event["type"] == "TaskScheduled" for page in pages for event in page["events"])
    # The local engine keeps no events of states that branches enter, but one of each Task. Where all Tasks of
    # a definition without loops and choices were entered once, so were all its states.
    if functions != states["Task"] or set(states) - {"Task", "Parallel"}:
        raise AssertionError(f"{execution_arn}: {functions} Tasks were entered, of {dict(states)}")
    return Run(states.total(), functions, (found["stopDate"] - found["startDate"]).total_seconds())


def idle() -> None:
    """Let what follows an execution's end (counting it, say) not weigh on the next."""
    time.sleep(1)


def _types(definition: Mapping[str, Any]) -> Iterator[str]:
    for state in definition["States"].values():
        yield state["Type"]
        for branch in state.get("Branches", ()):
            yield from _types(branch)
