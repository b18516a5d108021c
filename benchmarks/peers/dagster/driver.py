"""Dagster: jobs that run in this process, with their events in SQLite."""

from collections.abc import Sequence

from dagster import DagsterInstance, In, JobDefinition, Nothing, OpExecutionContext, graph, op

from benchmarks.peers.cloning import clone, newest
from benchmarks.peers.driver import below, serve

_PAGE_EVENTS = 1000


@op(ins={"after": In(Nothing)})
def node() -> None:
    """Does nothing."""


@op(config_schema={"lines": int})
def log(context: OpExecutionContext) -> None:
    """Writes lines."""
    for number in range(context.op_config["lines"]):
        context.log.info(f"line {number}")


@graph
def logs() -> None:
    """Has one node."""
    log()


class DagsterDriver:
    """Keeps one instance."""

    def start(self, home: str) -> None:
        self._home = below(home, "dagster")
        (self._home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        self._instance = DagsterInstance.from_config(str(self._home))
        self._jobs: dict[str, JobDefinition] = {}

    def execute(self, levels: Sequence[int]) -> None:
        name = "graph_" + "_".join(str(count) for count in levels)
        if name not in self._jobs:
            self._jobs[name] = _job(name, levels)
        assert self._jobs[name].execute_in_process(instance=self._instance).success

    def fill(self, count: int) -> None:
        database = self._home / "history/runs.db"
        row = newest(database, "runs", "id")
        changes = ({"id": row["id"] + number + 1, "run_id": f"clone-{number}"} for number in range(count))
        clone(database, "runs", row, count, lambda _: next(changes))

    def page(self, limit: int) -> int:
        return len(self._instance.get_run_records(limit=limit))

    def write_log(self, lines: int) -> bool:
        config = {"ops": {"log": {"config": {"lines": lines}}}}
        self._logged = logs.to_job().execute_in_process(config, instance=self._instance).run_id
        return True

    def read_log(self) -> int:
        found, cursor = 0, None
        while True:
            page = self._instance.get_records_for_run(self._logged, cursor=cursor, limit=_PAGE_EVENTS)
            found += sum(not record.event_log_entry.is_dagster_event for record in page.records)
            cursor = page.cursor
            if not page.has_more:
                return found

    def stop(self) -> None:
        self._instance.dispose()


def _job(name: str, levels: Sequence[int]) -> JobDefinition:
    @graph(name=name)
    def nodes() -> None:
        before: list[object] = []
        for level, count in enumerate(levels):
            names = [f"node_{level}_{each}" for each in range(count)]
            before = [node.alias(name)(**({"after": before} if before else {})) for name in names]

    return nodes.to_job()


if __name__ == "__main__":
    serve(DagsterDriver())
