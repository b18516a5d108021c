"""The program of one cold start: it loads a function as Lambda does, calls it once, and says what that took.

The Python that plays Lambda's runs it, so it imports nothing of ours but the function. On standard input
comes what to do: `{"event": ..., "seconds": ...}`, or null for the baseline.
"""

import json
import sys
import time


class _Context:
    """What the Python runtime passes beside the event."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return self._seconds * 1000


def _do_not_wait(_: object, /) -> None:
    """In place of `time.sleep`: a recount waits for 90 s until nobody counts as before it."""


def _main() -> None:
    given = json.load(sys.stdin)
    time.sleep = _do_not_wait
    modules = set(sys.modules)
    answer = None
    # Processor time: so what answers for AWS is not in it.
    began = time.process_time()
    if given is None:
        import boto3

        boto3.client("dynamodb")
        loaded = time.process_time()
    else:
        import app  # type: ignore[import-not-found]

        loaded = time.process_time()
        answer = app.lambda_handler(given["event"], _Context(given["seconds"]))
    ended = time.process_time()
    found = {
        "load_seconds": loaded - began,
        "call_seconds": ended - loaded,
        "modules": len(set(sys.modules) - modules),
        "status": answer.get("statusCode") if isinstance(answer, dict) else None,
    }
    print("\n" + json.dumps(found))


_main()
