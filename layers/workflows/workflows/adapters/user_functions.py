"""Lambda functions of the users, which nodes invoke and wait for."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import (
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from workflows.adapters.clients import client
from workflows.adapters.refusals import Refusals
from workflows.domain.errors import NodeError
from workflows.domain.payload import encode, json_fault
from workflows.domain.workflow import JsonValue

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, of a synchronous invocation."""

_SHOWN_CHARACTERS = 1_000
_READ_CHARACTERS = 100_000
_LOST = (ConnectionClosedError, IncompleteReadError, ResponseStreamingError)
"""How calls fail whose request had been sent, so that the function may have run."""

_TOO_LARGE = ("payload_too_large", f"takes a payload of at most {MAX_PAYLOAD_BYTES:,} bytes")
_REFUSALS = Refusals(
    "lambda",
    {
        "AccessDeniedException": ("forbidden", "is not open to the deployment's role"),
        "ResourceNotFoundException": ("not_found", "is not there, or has no such alias"),
        "RequestTooLargeException": _TOO_LARGE,
    },
    frozenset({"TooManyRequestsException", "EC2ThrottledException", "ResourceNotReadyException"}),
)


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function by its name, with an alias or not."""

    name: str

    def invoke(
        self,
        payload: JsonValue,
        *,
        timeout_seconds: float,
        idempotency_key: str,
        mask: Callable[[str], str],
    ) -> JsonValue:
        """What it answers; it is invoked once, and never again because its answer is late.

        Args:
            idempotency_key: It gets that in its client context.
            mask: Takes secrets out of what it says of an error, which is cut afterwards.

        Raises:
            NodeError: It failed (`lambda_failed`), was not invoked, or did not answer in time.
        """
        body = self._encoded(payload)
        context = json.dumps({"custom": {"idempotency_key": idempotency_key}}).encode()
        # Each whole second has a client of its own; workflows do not name many.
        service = client("lambda", once=True, read_timeout_seconds=max(1, math.floor(timeout_seconds)))
        try:
            with _REFUSALS.told(f"the function {self.name}"):
                answer = service.invoke(
                    FunctionName=self.name,
                    InvocationType="RequestResponse",
                    Payload=body,
                    ClientContext=base64.b64encode(context).decode(),
                )
                text = answer["Payload"].read()
        except NodeError as error:
            if isinstance(error.__cause__, ReadTimeoutError):
                raise NodeError(
                    "lambda_timeout",
                    f"the function {self.name} did not answer in {timeout_seconds:g} s, and may still run",
                ) from error
            if isinstance(error.__cause__, _LOST):
                raise NodeError(
                    "lambda_answer_lost", f"the answer of the function {self.name} was lost"
                ) from error
            raise
        if "FunctionError" in answer:
            said = mask(self._failure(text)[:_READ_CHARACTERS])
            raise NodeError("lambda_failed", said[:_SHOWN_CHARACTERS], retryable=True)
        return self._decoded(text)

    def _encoded(self, payload: JsonValue) -> bytes:
        if fault := json_fault(payload):
            raise NodeError("lambda_payload_invalid", f"the payload {fault}")
        body = encode(payload).encode()
        if len(body) > MAX_PAYLOAD_BYTES:
            raise NodeError("lambda_payload_too_large", f"the function {self.name} {_TOO_LARGE[1]}")
        return body

    def _decoded(self, text: bytes) -> JsonValue:
        try:
            value = json.loads(text or b"null")
        except (RecursionError, ValueError) as error:
            raise NodeError(
                "lambda_answer_invalid", f"the answer of the function {self.name} is not JSON"
            ) from error
        return value

    def _failure(self, text: bytes) -> str:
        """What the function says of its error, by the runtimes' own form of it."""
        try:
            said = json.loads(text)
        except (RecursionError, ValueError):
            said = None
        error = said if isinstance(said, dict) else {}
        kind, message = error.get("errorType") or "an error", error.get("errorMessage") or "no message"
        return f"the function {self.name} failed with {kind}: {message}"
