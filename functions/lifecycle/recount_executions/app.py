"""By hand, where counters are in doubt: count all executions anew. To be invoked until it says it is done."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger

from workflows.services.recounts import recounts

logger = Logger()


def lambda_handler(_: dict[str, Any], context: Any) -> dict[str, Any]:
    progress = asdict(recounts().run(lambda: context.get_remaining_time_in_millis() / 1000))
    logger.info("recounted", progress=progress)
    return progress
