"""This project beside its peers: the deployed template on the local stack, called over HTTP."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.peers.graphs import ONE_NODE, Parents, document
from benchmarks.peers.peer import PeerError
from local.api import Api
from local.demo_server import serving
from local.deployment import physical_id, session
from local.engine import REGION
from tests.e2e.shared_stack import shared_stack
from tests.e2e.users import ENDED, User
from workflows.adapters.stores import execution_indexes, execution_store
from workflows.domain.ids import new_id
from workflows.domain.scopes import of_user

TRANSFORM, HTTP = "transform", "http"
_WAIT_SECONDS = 10
_NEVER_FUSED_SECONDS = 600
"""Two nodes that may take so long are no task together."""


class _Nothing(BaseHTTPRequestHandler):
    """What `http` nodes ask."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Ours:
    """Of a stack of its own, which is gone when it is stopped."""

    name = "ours"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._resources = ExitStack()
        self._workflows: dict[tuple[str, str], str] = {}

    def call(self, method: str, *arguments: Any, seconds: float) -> tuple[float, Any]:
        began = time.perf_counter()
        self._deadline = time.monotonic() + seconds
        try:
            result = getattr(self, method)(*arguments)
        except Exception as error:
            raise PeerError(f"{type(error).__name__}: {str(error)[:200]}") from error
        return time.perf_counter() - began, result

    def start(self) -> None:
        self._stack = self._resources.enter_context(shared_stack(self._home))
        self._url = self._resources.enter_context(serving(_Nothing))
        self._settings = self._environment()
        self._user = User(Api(self._stack.base_url, self._stack.headers).call, self._stack.tokens["owner"])

    def save(self, parents: Parents, kind: str) -> None:
        """Have the workflow of a graph, so that executing it takes no more than that."""
        http = {"url": self._url, "timeout_seconds": _NEVER_FUSED_SECONDS}
        config = http if kind == HTTP else {"value": None}
        self._workflows[(str(parents), kind)] = self._user.save(document(parents, kind, config))

    def execute(self, parents: Parents, kind: str) -> str:
        execution_id = self._user.execute(self._workflows[(str(parents), kind)])
        while (found := self._look(execution_id)).get("status") not in ENDED:
            if time.monotonic() > self._deadline:
                raise TimeoutError("it is still running")
        assert found["status"] == "completed", found["error"]
        return execution_id

    def _look(self, execution_id: str) -> dict[str, Any]:
        """The execution, when it has ended or some seconds are over; or nothing.

        While 50 functions start for the first time, the one that waits may get no turn in time.
        """
        answer = self._user("GET", f"/executions/{execution_id}?wait_seconds={_WAIT_SECONDS}")
        found: dict[str, Any] = answer.json() if answer.status == 200 else {}
        return found

    def fill(self, count: int) -> None:
        """Write records by the store; the functions that follow the table's stream are off from then on.

        They would count all of these, in some minutes.
        """
        self.save(ONE_NODE, TRANSFORM)
        execution_id = self.execute(ONE_NODE, TRANSFORM)
        functions = session().client("lambda", endpoint_url=self._stack.endpoint_url)
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        with patch.dict(os.environ, self._settings):
            store = execution_store()
            model = store.get(execution_id)
            assert model is not None
            for start in range(0, count, 500):
                ids = (new_id() for _ in range(min(500, count - start)))
                store.table.batch_put(replace(model, execution_id=each).to_item() for each in ids)

    def bare_query(self, limit: int) -> int:
        """What DynamoDB takes of a list: the page of the index that it reads."""
        with patch.dict(os.environ, self._settings):
            return len(
                execution_indexes().page(of_user("owner"), (), newest_first=True, offset=0, limit=limit)
            )

    def page(self, limit: int) -> int:
        return len(self._read(f"/executions?limit={limit}")["executions"])

    def write_log(self, lines: int) -> bool:
        """Each node writes when it starts and when it has ended."""
        chain = [[number - 1] if number else [] for number in range(lines // 2)]
        self.save(chain, TRANSFORM)
        self._logged = self.execute(chain, TRANSFORM)
        return True

    def read_log(self) -> int:
        return len(self._read(f"/executions/{self._logged}/logs?limit=10000")["logs"])

    def pids(self) -> list[int]:
        return [self._stack.pid, self._stack.models_pid]

    def stop(self) -> None:
        self._resources.close()

    def _read(self, path: str) -> Any:
        answer = self._user("GET", path)
        assert answer.status == 200, answer.text
        return answer.json()

    def _environment(self) -> dict[str, str]:
        url = self._stack.endpoint_url
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
        table = physical_id(url, "ExecutionsTable")
        return {**keys, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": url, "EXECUTIONS_TABLE": table}
