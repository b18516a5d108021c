"""What endpoints are called about: workflows, executions, users and tokens, made when they are wanted."""

from __future__ import annotations

from typing import Any

from tests.e2e.users import User
from tests.waiting import wait_for

Path = dict[str, str]

WAITS = {
    "name": "waits",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "wait", "type": "delay", "config": {"seconds": 3_600}},
    ],
    "edges": [{"source": "start", "target": "wait"}],
}
ASKS = {
    "name": "asks",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "ask", "type": "approval", "config": {"message": "May it go on?"}},
    ],
    "edges": [{"source": "start", "target": "ask"}],
}
FAILS = {
    "name": "fails",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "fail", "type": "transform", "config": {"value": "{{$error('on purpose')}}"}},
    ],
    "edges": [{"source": "start", "target": "fail"}],
}


class Things:
    """Of one visibility. What a call changes is made anew for each; what it does not, once.

    Args:
        owner: Who owns and executes them.
        admin: Who makes users.
        visibility: `private` or `public`.
    """

    def __init__(self, owner: User, admin: User, visibility: str) -> None:
        self._owner = owner
        self._admin = admin
        self._visibility = visibility
        self._kept: dict[str, Path] = {}
        self._users = 0
        self._secrets = 0

    def make(self, name: str) -> Path:
        """A thing's path parameters, by the name of a method below."""
        path: Path = getattr(self, name)()
        return path

    def keep(self, name: str) -> Path:
        """The same thing each time."""
        if name not in self._kept:
            self._kept[name] = self.make(name)
        return self._kept[name]

    def nothing(self) -> Path:
        return {}

    def workflow(self) -> Path:
        return {"workflow_id": self._save(WAITS)}

    def execution(self) -> Path:
        """One that goes on."""
        return {"execution_id": self._owner.execute(self.keep("workflow")["workflow_id"])}

    def node(self) -> Path:
        return {**self.execution(), "node_id": "start"}

    def paused(self) -> Path:
        return self._after("pause", self.execution())

    def cancelled(self) -> Path:
        return self._after("cancel", self.execution())

    def failed(self) -> Path:
        if "failing" not in self._kept:
            self._kept["failing"] = {"workflow_id": self._save(FAILS)}
        execution_id = self._owner.execute(self._kept["failing"]["workflow_id"])
        wait_for(lambda: self._owner.get(execution_id)["status"], lambda status: status == "failed")
        return {"execution_id": execution_id}

    def asking(self) -> Path:
        if "asks" not in self._kept:
            self._kept["asks"] = {"workflow_id": self._save(ASKS)}
        execution_id = self._owner.execute(self._kept["asks"]["workflow_id"])
        self._owner.reaches(execution_id, "ask", "waiting")
        return {"execution_id": execution_id, "node_id": "ask"}

    def owner(self) -> Path:
        return {"user_id": "owner"}

    def user(self) -> Path:
        self._users += 1
        user_id = f"{self._visibility}-{self._users}@example.com"
        made = self._admin("POST", "/users", {"user_id": user_id})
        assert made.status in (201, 409), made.text
        return {"user_id": user_id}

    def token(self) -> Path:
        made = self._owner("POST", "/users/owner/tokens", {"name": "spare"})
        assert made.status == 201, made.text
        return {"user_id": "owner", "token_id": made.json()["token_id"]}

    def secret(self) -> Path:
        self._secrets += 1
        name = f"{self._visibility}_{self._secrets}"
        made = self._owner("PUT", f"/secrets/{name}", {"value": "the owner's secret"})
        assert made.status == 201, made.text
        return {"name": name}

    def definition(self) -> dict[str, Any]:
        return {**WAITS, "visibility": self._visibility}

    def _save(self, definition: dict[str, Any]) -> str:
        return self._owner.save({**definition, "visibility": self._visibility})

    def _after(self, verb: str, path: Path) -> Path:
        done = self._owner("POST", f"/executions/{path['execution_id']}/{verb}")
        assert done.status == 200, done.text
        return path
