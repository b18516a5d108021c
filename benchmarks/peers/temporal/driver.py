"""Temporal: its development server with SQLite, and a worker in this process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.peers.cloning import clone, newest, stored_columns
from benchmarks.peers.driver import START_SECONDS, below, end, free_port, run, serve

_QUEUE = "graphs"
_AT_ONCE = 50


@activity.defn(name="node")
def node() -> None:
    """Does nothing."""


@workflow.defn(name="graph")
class Graph:
    """An activity per node."""

    @workflow.run
    async def run(self, levels: list[int]) -> None:
        for count in levels:
            await asyncio.gather(*(_started() for _ in range(count)))


def _started() -> Any:
    return workflow.execute_activity(node, start_to_close_timeout=timedelta(seconds=60))


class TemporalDriver:
    """A client of the server; its loop has a thread of its own, as the worker never stops."""

    _server: subprocess.Popen[bytes] | None = None

    def start(self, home: str) -> None:
        port = free_port()
        self._home = below(home, "temporal")
        command = [str(Path(os.environ["VIRTUAL_ENV"]) / "bin/temporal"), "server", "start-dev", "--headless"]
        command += ["--ip", "127.0.0.1", "--port", str(port), "--log-level", "error"]
        command += ["--db-filename", str(self._home / "temporal.sqlite")]
        self._server = run(*command, home=str(self._home))
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._await(self._connect(f"127.0.0.1:{port}"))

    async def _connect(self, address: str) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    self._client = await Client.connect(address)
                    break
                except RuntimeError:
                    await asyncio.sleep(0.2)
        executor = ThreadPoolExecutor(_AT_ONCE)
        worker = Worker(
            self._client,
            task_queue=_QUEUE,
            workflows=[Graph],
            activities=[node],
            activity_executor=executor,
            max_concurrent_activities=_AT_ONCE,
        )
        self._working = asyncio.create_task(worker.run())

    def execute(self, levels: Sequence[int]) -> None:
        self._await(self._execute(levels))

    async def _execute(self, levels: Sequence[int]) -> None:
        await self._client.execute_workflow(Graph.run, list(levels), id=str(uuid4()), task_queue=_QUEUE)

    def fill(self, count: int) -> None:
        database, table = self._home / "temporal.sqlite", "executions_visibility"
        row = newest(database, table, "close_time")
        stored = stored_columns(database, table)
        kept = {name: value for name, value in row.items() if name in stored}

        def changes(number: int) -> dict[str, str]:
            workflow_id = f"clone-{number}"
            run_id = f"{row['run_id'][:-6]}{number:06}"
            ids = {"workflow_id": workflow_id, "root_workflow_id": workflow_id}
            return {**ids, "run_id": run_id, "root_run_id": run_id}

        clone(database, table, kept, count, changes)

    def page(self, limit: int) -> int:
        found: int = self._await(self._page(limit))
        return found

    async def _page(self, limit: int) -> int:
        return len([each async for each in self._client.list_workflows(page_size=limit, limit=limit)])

    def write_log(self, lines: int) -> bool:
        return False

    def read_log(self) -> int:
        return 0

    def stop(self) -> None:
        end(self._server)

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


if __name__ == "__main__":
    serve(TemporalDriver())
