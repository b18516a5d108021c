"""Runs segments with `lambda` nodes: functions of the account, by the beginning of their names."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from workflows.adapters.environment import listed, optional
from workflows.adapters.user_functions import UserFunction
from workflows.domain.allow_lists import allows_function
from workflows.domain.errors import NodeError, Unavailable
from workflows.domain.workflow import JsonValue
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome
from workflows.runtime.values import require, text_fault

_LOOK_SECONDS = 0.5


def invoke(context: NodeContext) -> Outcome:
    """Invoke the function that the config names, and wait for its answer.

    Raises:
        NodeError: The function may not be invoked, failed, or did not answer in time.
    """
    name = require(context.field("function_name"), "function_name", text_fault, "lambda_config_invalid")
    if not allows_function(optional("LAMBDA_FUNCTION_PREFIX"), name, own=listed("OWN_FUNCTION_PREFIXES")):
        raise NodeError("lambda_forbidden", f"{name} is none of the functions that workflows may invoke")
    payload = context.field("payload")
    seconds = min(context.bound_seconds, context.deadline - time.time())
    if seconds <= 0:
        raise Unavailable("reading what the payload is made of took all the time")
    answer = _awaited(
        context,
        lambda: UserFunction(name).invoke(
            payload,
            timeout_seconds=seconds,
            idempotency_key=context.idempotency_key,
            mask=context.log.masks.apply,
        ),
    )
    context.log.info(f"the function {name} answered")
    return Outcome(output=answer)


def _awaited(context: NodeContext, call: Callable[[], JsonValue]) -> JsonValue:
    """What `call` returns or raises, unless the execution is cancelled before: then nobody waits for it."""
    future: Future[JsonValue] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    # A thread that cannot be ended must not keep the process: one of an executor would.
    threading.Thread(target=run, daemon=True).start()
    while True:
        try:
            return future.result(timeout=_LOOK_SECONDS)
        except TimeoutError:
            if future.done():
                raise
            context.log.tick()
            context.cancellation.check()


lambda_handler = node_handler({"lambda": invoke})
