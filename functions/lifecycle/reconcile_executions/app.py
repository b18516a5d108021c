"""Each minute: look at the executions that are due, and put right what nobody else did."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from workflows.services.reconciler import Repair, RepairKind, reconciler

_MARGIN_SECONDS = 10
"""Kept free for the look that is under way when the time is up."""

_REPAIRS: dict[RepairKind, str] = {
    "started": "RepairsStarted",
    "settled": "RepairsSettled",
    "timed_out": "RepairsTimedOut",
    "freed": "RepairsFreed",
}

logger = Logger()
metrics = Metrics()


def lambda_handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    until = time.time() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS
    try:
        seen = dict(reconciler().run(until, _tell))
        # Also where there are none: a minute without this metric is one in which nobody was looked at.
        left = seen.get("not reconciled", 0) + seen.get("not reached", 0)
        metrics.add_metric("ExecutionsNotReconciled", MetricUnit.Count, left)
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
    logger.info("reconciled", seen=seen)
    return seen


def _tell(repair: Repair) -> None:
    logger.warning("repaired", repair=repair.kind, execution_id=repair.execution_id)
    metrics.add_metric(_REPAIRS[repair.kind], MetricUnit.Count, 1)
