"""The demo users' calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.api import Answer
from tests.waiting import wait_for

Call = Callable[..., Answer]
ENDED = {"completed", "failed", "cancelled"}


class User:
    """A demo user's calls."""

    def __init__(self, call: Call, token: str | None) -> None:
        self._call = call
        self._token = token

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self._call(method, path, token=self._token, json=body, **options)

    def save(self, definition: dict[str, Any]) -> str:
        answer = self("POST", "/workflows", definition)
        assert answer.status == 201, answer.text
        workflow_id: str = answer.json()["workflow_id"]
        return workflow_id

    def execute(self, workflow_id: str, **inputs: Any) -> str:
        answer = self("POST", f"/workflows/{workflow_id}/execute", {"inputs": inputs})
        assert answer.status == 202, answer.text
        execution_id: str = answer.json()["execution_id"]
        return execution_id

    def get(self, execution_id: str, wait_seconds: int = 0) -> dict[str, Any]:
        answer = self("GET", f"/executions/{execution_id}?wait_seconds={wait_seconds}")
        assert answer.status == 200, answer.text
        execution: dict[str, Any] = answer.json()
        return execution

    def ended(self, execution_id: str) -> dict[str, Any]:
        # The API waits: asking again and again would take more of the machine than all else.
        return wait_for(lambda: self.get(execution_id, 20), lambda execution: execution["status"] in ENDED)

    def reaches(self, execution_id: str, node_id: str, status: str) -> None:
        wait_for(lambda: self.get(execution_id), lambda found: found["nodes"][node_id]["status"] == status)
