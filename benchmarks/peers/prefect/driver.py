"""Prefect: a server with SQLite, and flows that run in this process and report to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from benchmarks.peers.cloning import clone, newest
from benchmarks.peers.driver import below, end, free_port, run, serve, wait_for_url

_PAGE_LINES = 200
"""Its API's most."""


class PrefectDriver:
    """Runs flows as a script would."""

    _server: subprocess.Popen[bytes] | None = None

    def start(self, home: str) -> None:
        port = free_port()
        self._home = below(home, "prefect")
        os.environ.update(
            PREFECT_HOME=str(self._home),
            PREFECT_API_URL=f"http://127.0.0.1:{port}/api",
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            DO_NOT_TRACK="1",
            PREFECT_CLI_COLORS="false",
        )
        command = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port")
        self._server = run(*command, str(port), home=str(self._home))
        wait_for_url(f"http://127.0.0.1:{port}/api/health", self._server)
        self._define()

    def _define(self) -> None:
        # Its settings are read when it is imported.
        from prefect import flow, get_run_logger, task
        from prefect.client.orchestration import get_client
        from prefect.futures import wait

        def nothing() -> None:
            return None

        node = task(nothing, name="node")

        def graph(levels: Sequence[int]) -> None:
            for count in levels:
                wait([node.submit() for _ in range(count)])

        def log(lines: int) -> None:
            for number in range(lines):
                get_run_logger().info("line %s", number)

        self._graph = flow(graph, name="graph")
        self._log = flow(log, name="log")
        self._client = get_client(sync_client=True)

    def execute(self, levels: Sequence[int]) -> None:
        self._graph(levels)

    def fill(self, count: int) -> None:
        database = self._home / "prefect.db"
        run = newest(database, "flow_run", "created")
        state = newest(database, "flow_run_state", "created")
        ids = [(str(uuid4()), str(uuid4())) for _ in range(count)]
        clone(database, "flow_run", run, count, lambda n: {"id": ids[n][0], "state_id": ids[n][1]})
        clone(database, "flow_run_state", state, count, lambda n: {"id": ids[n][1], "flow_run_id": ids[n][0]})

    def page(self, limit: int) -> int:
        from prefect.client.schemas.sorting import FlowRunSort

        return len(self._client.read_flow_runs(limit=limit, sort=FlowRunSort.START_TIME_DESC))

    def write_log(self, lines: int) -> bool:
        state: Any = self._log(lines, return_state=True)
        self._logged = state.state_details.flow_run_id
        return True

    def read_log(self) -> int:
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self._logged]))
        found = 0
        while page := self._client.read_logs(wanted, limit=_PAGE_LINES, offset=found):
            found += len(page)
        return found

    def stop(self) -> None:
        end(self._server)


if __name__ == "__main__":
    serve(PrefectDriver())
