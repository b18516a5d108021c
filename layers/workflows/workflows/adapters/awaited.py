"""Calls that take long and cannot be interrupted, made so that something can happen meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

LAMBDA_SECONDS = 900
"""As long as a function lives: how long a client may wait whose caller knows when to leave off."""

_STEP_SECONDS = 1.0


def awaited(call: Callable[[], Any], on_wait: Callable[[], None], timeout_seconds: float) -> Any:
    """What `call` returns, made in a thread of its own.

    Args:
        on_wait: Called once a second while it is not over; what it raises ends the waiting.
        timeout_seconds: How long to wait; what comes later is dropped.

    Raises:
        TimeoutError: It was not over by then.
        Exception: What the call raised.
    """
    ended = Event()
    results: list[Any] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:
            errors.append(error)
        finally:
            ended.set()

    deadline = time.monotonic() + timeout_seconds
    # A daemon: a process that ends must not wait for what nobody waits for any more.
    Thread(target=run, daemon=True).start()
    while not ended.wait(max(0.0, min(_STEP_SECONDS, deadline - time.monotonic()))):
        on_wait()
        if time.monotonic() >= deadline:
            raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]
