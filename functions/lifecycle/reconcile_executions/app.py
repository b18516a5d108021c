"""Each minute: look at the executions that are due, and put right what nobody else did."""

import time
from typing import Any

from aws_lambda_powertools import Logger

from workflows.services.reconciler import reconciler

_MARGIN_SECONDS = 10
"""Kept free for the look that is under way when the time is up."""

logger = Logger()


def lambda_handler(_: dict[str, Any], context: Any) -> dict[str, int]:
    until = time.time() + context.get_remaining_time_in_millis() / 1000 - _MARGIN_SECONDS
    seen = dict(reconciler().run(until))
    logger.info("reconciled", seen=seen)
    return seen
