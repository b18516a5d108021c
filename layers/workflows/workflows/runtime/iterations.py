"""What came of a loop's iterations, from their records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.domain.errors import NodeError
from workflows.domain.execution_error import ExecutionError
from workflows.domain.loop import (
    ItemResult,
    LoopBody,
    batch_key,
    failed_key,
    failures_prefix,
    first_of_batch,
    iteration_path,
)
from workflows.domain.node_record import NodeRecord, node_key
from workflows.domain.payload import MAX_BYTES, Payload
from workflows.domain.workflow import JsonValue
from workflows.runtime.environment import PayloadReader
from workflows.runtime.stores import Stores


@dataclass(frozen=True, slots=True)
class Iterations:
    """The iterations of one loop.

    Attributes:
        path: Where the loop stands.
    """

    stores: Stores
    payloads: PayloadReader
    execution_id: str
    path: str
    loop_id: str
    body: LoopBody

    def results(self, count: int) -> list[ItemResult]:
        """The results of the first `count` iterations, in order.

        Raises:
            NodeError: They are too large.
        """
        if self.body.is_pure and self.body.batch_items:
            return self._from_batches(count)
        return self._from_records(range(count), failures_prefix(self.path, self.loop_id))

    def result(self, index: int) -> ItemResult:
        """The result of one iteration."""
        failure = failed_key(iteration_path(self.path, self.loop_id, index))
        (result,) = self._from_records((index,), failure)
        return result

    def _from_batches(self, count: int) -> list[ItemResult]:
        results = [ItemResult()] * count
        first, last = (batch_key(self.path, self.loop_id, index) for index in (0, count))
        batches = self.stores.executions.batches(self.execution_id, first, last)
        _check_size(batches.values())
        for record, payload in batches.items():
            for index, (value, error) in enumerate(self.payloads.read(payload), first_of_batch(record)):
                results[index] = ItemResult(value, error)
        return results

    def _from_records(self, indexes: Iterable[int], failures_from: str) -> list[ItemResult]:
        at = {index: iteration_path(self.path, self.loop_id, index) for index in indexes}
        keys = [node_key(path, node_id) for path in at.values() for node_id in self.body.result_nodes]
        executions = self.stores.executions
        records = executions.read_many(self.execution_id, keys)
        failures = executions.failures(self.execution_id, failures_from)
        _check_size(record.output for record in records.values() if record.output)
        return [self._result(path, records, failures.get(failed_key(path))) for path in at.values()]

    def _result(self, path: str, records: dict[str, NodeRecord], error: ExecutionError | None) -> ItemResult:
        if error is not None:
            return ItemResult(error=error.to_item())
        outputs: dict[str, JsonValue] = {
            node_id: self.payloads.read(record.output)
            for node_id in self.body.result_nodes
            if (record := records.get(node_key(path, node_id))) is not None and record.output is not None
        }
        if len(self.body.result_nodes) == 1:
            return ItemResult(next(iter(outputs.values()), None))
        return ItemResult(outputs)


def _check_size(payloads: Iterable[Payload]) -> None:
    size = sum(payload.size_bytes for payload in payloads)
    if size > MAX_BYTES:
        raise NodeError(
            "loop_results_too_large",
            f"the results have {size} bytes together, more than {MAX_BYTES}",
        )
