"""Runs segments with `http` nodes: one request each to a server that the address guard lets pass."""

import base64
import json
import time
from functools import cache
from typing import Any

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.environment import listed, required
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, OutboundResponse, send
from workflows.domain.errors import NodeError, Unavailable
from workflows.domain.payload import encode, json_fault
from workflows.runtime.handler import node_handler
from workflows.runtime.masks import names_secret
from workflows.runtime.node import NodeContext, Outcome

_RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


def http(context: NodeContext) -> Outcome:
    """Send the request that the config describes.

    Raises:
        NodeError: It could not be sent, was not answered in time, or the status is not an expected one.
    """
    response = send(
        _request(context),
        _guard(),
        _limits(context),
        on_event=context.log.write,
        on_wait=lambda: _on_wait(context),
        sleep=lambda seconds: _sleep(context, seconds),
    )
    _check_status(response.status, context.node.config.get("expect_status"))
    body, encoding = _read_body(response)
    output = {"status": response.status, "headers": response.headers, "body": body}
    return Outcome(output=output if encoding is None else {**output, "body_encoding": encoding})


def _on_wait(context: NodeContext) -> None:
    context.log.tick()
    context.cancellation.check()


def _sleep(context: NodeContext, seconds: float) -> None:
    """Wait between tries, a second at a time: what was logged is stored meanwhile, and a cancel is seen."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        _on_wait(context)


def _request(context: NodeContext) -> OutboundRequest:
    headers = {name: _text(value) for name, value in (context.field("headers") or {}).items()}
    given = {name.lower() for name in headers}
    body = None
    if "json" in context.node.config:
        body = encode(context.field("json")).encode()
        if "content-type" not in given:
            headers["Content-Type"] = "application/json"
    elif "body" in context.node.config:
        body = _text(context.field("body")).encode()
    if "idempotency-key" not in given:
        headers["Idempotency-Key"] = context.idempotency_key
    query = context.field("query") or {}
    pairs = tuple((name, _text(part)) for name, value in query.items() for part in _parts(value))
    _mask(context, (*headers.items(), *pairs))
    return OutboundRequest(
        method=context.node.config["method"],
        url=_text(context.field("url")),
        headers=headers,
        query=pairs,
        body=body,
    )


def _mask(context: NodeContext, named: tuple[tuple[str, str], ...]) -> None:
    """Keep what are credentials, by their names, out of the log and of errors."""
    for name, value in named:
        if names_secret(name):
            context.log.masks.add(value)
            # Of "Bearer abc", what is secret is the second.
            context.log.masks.add(value.rpartition(" ")[2])


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


@cache
def _guard() -> AddressGuard:
    return AddressGuard(frozenset(listed("HTTP_ALLOWED_HOSTS")))


def _limits(context: NodeContext) -> OutboundLimits:
    seconds = min(context.bound_seconds, context.deadline - time.time())
    if seconds <= 0:
        raise Unavailable("reading what the request is made of took all the time")
    return OutboundLimits(
        timeout_seconds=seconds,
        body_bytes=int(required("HTTP_MAX_BODY_BYTES")),
    )


def _check_status(status: int, expected: list[int] | None) -> None:
    if status not in expected if expected else status >= 400:
        wanted = f"one of {', '.join(map(str, expected))}" if expected else "below 400"
        raise NodeError(
            "http_status",
            f"the server answered {status}; expected was {wanted}",
            retryable=status in _RETRYABLE_STATUSES,
        )


def _read_body(response: OutboundResponse) -> tuple[Any, str | None]:
    """The body: parsed if it is JSON, text if it is text, else base64, which the second value names."""
    media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(response.body).decode(), "base64"
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            value = json.loads(text)
        except (RecursionError, ValueError):
            return text, None
        return (value if json_fault(value) is None else text), None
    return text, None


lambda_handler = node_handler({"http": http})
