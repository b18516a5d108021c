"""Runs segments with `http` nodes: requests to servers that the address guard lets pass."""

import base64
import json
import time
from functools import cache
from typing import Any

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.environment import listed, required
from workflows.adapters.outbound_body import BodySink
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, OutboundResponse, send
from workflows.adapters.spooled_body import FileRules, spooled
from workflows.adapters.stores import data_bucket
from workflows.domain.errors import NodeError, Unavailable
from workflows.domain.node_file import file_key
from workflows.domain.payload import json_fault
from workflows.runtime.handler import node_handler
from workflows.runtime.http_pages import Pages
from workflows.runtime.http_request import build_request
from workflows.runtime.node import NodeContext, Outcome

_RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


def http(context: NodeContext) -> Outcome:
    """Send the request that the config describes, and those for further pages.

    Raises:
        NodeError: It could not be sent, was not answered in time, or the status is not an expected one.
    """
    request = build_request(context)
    until = time.time() + _seconds_left(context)
    if "pagination" in context.node.config:
        return _read_pages(context, request, until)
    key = file_key(
        context.environment.snapshot.execution.execution_id, context.environment.path, context.node.id
    )
    with spooled(data_bucket(), key, _file_rules(context)) as sink:
        response = _send(context, request, until, _max_body_bytes(), sink)
        file = sink.finish()
    output = {"status": response.status, "headers": response.headers}
    if file is not None:
        about = {
            "key": key,
            "bytes": file.size_bytes,
            "content_type": file.content_type,
            "sha256": file.sha256,
        }
        return Outcome(output={**output, "body": None, "file": about}, file=file)
    return Outcome(output={**output, **_read_body(response)})


def _read_pages(context: NodeContext, request: OutboundRequest, until: float) -> Outcome:
    most_bytes = _max_body_bytes()

    def fetch(request: OutboundRequest, left_bytes: int) -> tuple[OutboundResponse, dict[str, Any]]:
        try:
            response = _send(context, request, until, left_bytes)
        except NodeError as error:
            if error.code != "http_body_too_large":
                raise
            raise NodeError(error.code, f"all pages together are larger than {most_bytes} bytes") from error
        page = {"status": response.status, "headers": response.headers, **_read_body(response)}
        return response, page

    return Outcome(output=Pages(context, request, fetch, most_bytes).read())


def _send(
    context: NodeContext,
    request: OutboundRequest,
    until: float,
    body_bytes: int,
    sink: BodySink | None = None,
) -> OutboundResponse:
    seconds = until - time.time()
    if seconds <= 0:
        raise NodeError("http_timeout", f"it took more than {context.bound_seconds:g} s", retryable=True)
    response = send(
        request,
        _guard(),
        OutboundLimits(timeout_seconds=seconds, body_bytes=body_bytes),
        sink=sink,
        on_event=context.log.write,
        on_wait=lambda: _on_wait(context),
        sleep=lambda seconds: _sleep(context, seconds),
    )
    _check_status(response.status, context.node.config.get("expect_status"))
    return response


def _file_rules(context: NodeContext) -> FileRules:
    expected = context.node.config.get("expect_status")
    return FileRules(
        memory_bytes=_max_body_bytes(),
        file_bytes=int(required("HTTP_MAX_FILE_BYTES")),
        always=bool(context.node.config.get("as_file")),
        takes=lambda status: _is_expected(status, expected),
        # A server may answer with what it was sent.
        new_filter=context.environment.secret_masks.stream if context.environment.spec.secrets else None,
    )


def _max_body_bytes() -> int:
    return int(required("HTTP_MAX_BODY_BYTES"))


def _seconds_left(context: NodeContext) -> float:
    seconds = min(context.bound_seconds, context.deadline - time.time())
    if seconds <= 0:
        raise Unavailable("reading what the request is made of took all the time")
    return seconds


def _on_wait(context: NodeContext) -> None:
    context.log.tick()
    context.cancellation.check()


def _sleep(context: NodeContext, seconds: float) -> None:
    """Wait between tries, a second at a time: what was logged is stored meanwhile, and a cancel is seen."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        _on_wait(context)


@cache
def _guard() -> AddressGuard:
    return AddressGuard(frozenset(listed("HTTP_ALLOWED_HOSTS")))


def _is_expected(status: int, expected: list[int] | None) -> bool:
    return status in expected if expected else status < 400


def _check_status(status: int, expected: list[int] | None) -> None:
    if not _is_expected(status, expected):
        wanted = f"one of {', '.join(map(str, expected))}" if expected else "below 400"
        raise NodeError(
            "http_status",
            f"the server answered {status}; expected was {wanted}",
            retryable=status in _RETRYABLE_STATUSES,
        )


def _read_body(response: OutboundResponse) -> dict[str, Any]:
    """`{body}`: parsed if it is JSON, text if it is text; else base64, with `body_encoding`."""
    media_type = response.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        return {"body": base64.b64encode(response.body).decode(), "body_encoding": "base64"}
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            value = json.loads(text)
        except (RecursionError, ValueError):
            return {"body": text}
        return {"body": value if json_fault(value) is None else text}
    return {"body": text}


lambda_handler = node_handler({"http": http})
