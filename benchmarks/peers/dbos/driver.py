"""DBOS: a library whose workflows and steps are rows of SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dbos import DBOS

from benchmarks.peers.cloning import clone, newest
from benchmarks.peers.driver import below, serve


async def _node() -> None:
    return None


async def _graph(levels: Sequence[int]) -> None:
    for count in levels:
        await asyncio.gather(*(NODE() for _ in range(count)))


NODE = DBOS.step(name="node")(_node)
GRAPH = DBOS.workflow(name="graph")(_graph)


class DbosDriver:
    """Calls workflows in this process."""

    def start(self, home: str) -> None:
        self._database = below(home, "dbos") / "system.sqlite"
        url = f"sqlite:///{self._database}"
        DBOS(config={"name": "bench", "system_database_url": url, "log_level": "WARNING"})
        DBOS.launch()

    def execute(self, levels: Sequence[int]) -> None:
        asyncio.run(self._execute(levels))

    async def _execute(self, levels: Sequence[int]) -> None:
        handle = await DBOS.start_workflow_async(GRAPH, levels)
        await handle.get_result()

    def fill(self, count: int) -> None:
        for table, order in (
            ("workflow_status", "created_at"),
            ("operation_outputs", "completed_at_epoch_ms"),
        ):
            clone(
                self._database,
                table,
                newest(self._database, table, order),
                count,
                lambda number: {"workflow_uuid": f"clone-{number}"},
            )

    def page(self, limit: int) -> int:
        return len(DBOS.list_workflows(limit=limit, sort_desc=True))

    def write_log(self, lines: int) -> bool:
        return False

    def read_log(self) -> int:
        return 0

    def stop(self) -> None:
        DBOS.destroy()


if __name__ == "__main__":
    serve(DbosDriver())
