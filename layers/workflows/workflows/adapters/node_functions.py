"""The functions of node types, called by those of other types on a node's behalf."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.adapters.awaited import LAMBDA_SECONDS, awaited
from workflows.adapters.clients import client
from workflows.adapters.environment import required
from workflows.domain.errors import Unavailable


def invoke_node_function(
    name: str, event: dict[str, Any], on_wait: Callable[[], None], timeout_seconds: float
) -> Any:
    """Invoke a node function once, and wait for what it answers.

    Args:
        name: Of the function, as node types name it.
        on_wait: Called once a second meanwhile; what it raises ends the waiting.

    Raises:
        TimeoutError: It did not answer in time.
        Unavailable: It cannot be called, or failed.
    """
    functions = client("lambda", once=True, read_timeout_seconds=LAMBDA_SECONDS)
    arn = required("NODE_FUNCTION_ARN_PREFIX") + name
    payload = json.dumps(event).encode()

    def invoke() -> tuple[bool, bytes]:
        answer = functions.invoke(FunctionName=arn, Payload=payload)
        return "FunctionError" in answer, answer["Payload"].read()

    try:
        has_failed, text = awaited(invoke, on_wait, timeout_seconds)
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"the function {name} cannot be called ({type(error).__name__})") from error
    if has_failed:
        raise Unavailable(f"the function {name} failed")
    return json.loads(text)
