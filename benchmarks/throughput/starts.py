"""Starts of executions: of a workflow, and of a state machine that is written by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from botocore.config import Config

from benchmarks.own_stack import ByHand
from benchmarks.throughput import start_by_hand
from benchmarks.throughput.census import count
from benchmarks.throughput.people import CLIENTS, at_once, insist, new_users
from local.api import Api
from local.stack import Stack
from tests.e2e.users import User
from tests.waiting import wait_for

_MOST_SECONDS = 240.0

_RETRY = {"max_attempts": 10, "interval_seconds": 1}
"""The local engine runs 64 functions at once, and refuses more."""

_WORKFLOW = {
    "name": "asks",
    "visibility": "public",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "ask", "type": "approval", "config": {"message": "May it go on?"}},
        {"id": "answer", "type": "transform", "config": {"value": "{{input.decision}}"}, "retry": _RETRY},
    ],
    "edges": [{"source": "start", "target": "ask"}, {"source": "ask", "target": "answer"}],
}
NODES = ("start", "ask", "answer")
_FUNCTION = "def lambda_handler(event, context):\n    print('called')\n    return {}\n"


@dataclass
class StartsByHand:
    """Starts of a state machine with one function."""

    by_hand: ByHand
    machine_arn: str = field(init=False)

    def __post_init__(self) -> None:
        task = {
            "Type": "Task",
            "Resource": self.by_hand.function("task-by-hand", _FUNCTION),
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}],
            "End": True,
        }
        self.machine_arn = self.by_hand.machine("by-hand", {"StartAt": "task", "States": {"task": task}})
        self._step_functions = self.by_hand.client("stepfunctions", Config(max_pool_connections=CLIENTS))
        code = Path(start_by_hand.__file__).read_text()
        starter = self.by_hand.function("start-by-hand", code, {"MACHINE": self.machine_arn})
        self._api = Api(self.by_hand.endpoint("start-by-hand", starter))

    def directly(self, _number: int) -> None:
        self._step_functions.start_execution(stateMachineArn=self.machine_arn, input="{}")

    def through_api(self, _number: int) -> None:
        insist(lambda: self._api.call("POST", "", json={}), 202, [])

    def wait(self) -> None:
        """Until all have ended."""
        wanted = {"stateMachineArn": self.machine_arn, "statusFilter": "RUNNING", "maxResults": 1}
        wait_for(
            lambda: self._step_functions.list_executions(**wanted)["executions"],
            lambda running: not running,
            _MOST_SECONDS,
        )


@dataclass
class Executes:
    """Executions of the workflow, by several users.

    Attributes:
        accepted: Who started each, by its id.
        refusals: What calls were answered that had to be made again.
    """

    stack: Stack
    accepted: dict[str, User] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        call = Api(self.stack.base_url).call
        self.admin = User(call, self.stack.tokens["admin"])
        self.users = new_users(call, self.stack.tokens["admin"])
        self.workflow_id = User(call, self.stack.tokens["owner"]).save(_WORKFLOW)

    def execute(self, number: int) -> float:
        """Executes so many; returns how many seconds that took."""
        first = len(self.accepted)
        users = list(islice(cycle(self.users), number))
        found, seconds = at_once(self._execute, range(first, first + number), users)
        self.accepted |= zip(found, users, strict=True)
        return seconds

    def approve(self) -> float:
        """Lets all go on; returns how many seconds that took."""
        return at_once(self._approve, self.accepted, self.accepted.values())[1]

    def wait(self, status: str) -> int:
        """Until all that were accepted have a status, or time is up; returns how many have it."""
        until = time.monotonic() + _MOST_SECONDS
        while (found := count(self.admin, self.workflow_id, status)) != len(self.accepted):
            if time.monotonic() > until:
                break
            time.sleep(1)
        return found

    def _execute(self, number: int, user: User) -> str:
        headers = {"Idempotency-Key": str(number)}
        path = f"/workflows/{self.workflow_id}/execute"
        answer = insist(lambda: user("POST", path, {"inputs": {}}, headers=headers), 202, self.refusals)
        execution_id: str = answer.json()["execution_id"]
        return execution_id

    def _approve(self, execution_id: str, user: User) -> None:
        path = f"/executions/{execution_id}/nodes/ask/complete"
        insist(lambda: user("POST", path, {"decision": "approved"}), 200, self.refusals)
