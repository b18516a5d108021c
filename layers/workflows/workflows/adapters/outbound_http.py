"""HTTP requests that workflows make: guarded where they connect, bounded in time and size, retried if safe.

Redirects and retries are ours, not urllib3's: each of them meets the guard and the deadline again.
"""

from __future__ import annotations

import logging
import random
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError
from urllib3.exceptions import SSLError as WrappedSSLError

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.outbound_body import BodySink, BodyTooLarge, MemoryBody
from workflows.adapters.outbound_hop import Hop
from workflows.adapters.outbound_socket import Deadline, DeadlineStream, open_socket
from workflows.adapters.retry_after import retry_after_seconds
from workflows.domain.errors import NodeError
from workflows.domain.log_entry import Level

# Its warning about malformed response headers quotes the whole URL, whose query may hold secrets.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

_RETRIED_STATUSES = frozenset({429, 502, 503, 504})
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_BACKOFF_SECONDS = 0.5
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """What to send.

    Attributes:
        method: GET, HEAD, OPTIONS, PUT, DELETE, POST or PATCH.
        url: Absolute, http or https, without credentials.
        headers: Without those that describe the connection or the framing.
        query: Names and values to append to the URL's query, not yet encoded.
        body: None for none.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """What one `send` may use up.

    Attributes:
        timeout_seconds: For all of it: redirects, retries, pauses and reading the body.
        connect_timeout_seconds: For each connection: resolving, connecting and the TLS handshake.
        body_bytes: Of the response, once its content coding is undone; not where there is a `sink`.
        redirects: How many are followed.
        retries: How many there are, over all redirects.
        retry_after_seconds: A `Retry-After` that asks for more ends the retries.
    """

    timeout_seconds: float = 30.0
    connect_timeout_seconds: float = 10.0
    body_bytes: int = 5 * 1024 * 1024
    redirects: int = 5
    retries: int = 2
    retry_after_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """What came back, whatever its status.

    Attributes:
        status: As the server gave it.
        headers: By lower-case name; repeated ones joined by a comma and a space.
        body: With the content coding undone; of what went to a `sink`, what that has in memory.
        url: Where it came from after redirects; its query may hold secrets.
        tries: Requests attempted, redirects and retries included.
    """

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    tries: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response to one hop; `location` is None unless it redirects."""

    status: int
    headers: dict[str, str]
    location: str | None

    def __str__(self) -> str:
        return f"status {self.status}"


@dataclass(frozen=True, slots=True)
class _Failure:
    """No response to one hop; nothing was `sent` if the connection was never made."""

    error: NodeError
    sent: bool

    def __str__(self) -> str:
        return self.error.code


def send(
    request: OutboundRequest,
    guard: AddressGuard,
    limits: OutboundLimits = OutboundLimits(),
    *,
    sink: BodySink | None = None,
    on_event: Callable[[Level, str], None] = lambda _level, _message: None,
    on_wait: Callable[[], None] = lambda: None,
    tls_context: ssl.SSLContext | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> OutboundResponse:
    """Sends a request, follows redirects and repeats what is safe to repeat.

    Safe is any method while nothing has been sent, and an idempotent one also after a broken connection and
    after 429, 502, 503 and 504. When the retries are used up, the last response is returned as it is.

    Args:
        request: What to send.
        guard: What may be connected to, asked anew for each connection.
        limits: Time, size and numbers.
        sink: Takes the bodies, instead of memory; begun anew by each try.
        on_event: Called with a log level and a message free of secrets, for each response and retry.
        on_wait: Called about once a second while an answer is awaited, and with each piece of its body; what
            it raises ends the request.
        tls_context: Instead of the system's trust store.
        sleep: Waits between tries.

    Raises:
        NodeError: With code `http_method_invalid`, `http_url_invalid`, `http_header_invalid`,
            `http_address_forbidden`, `http_tls_failed`, `http_response_invalid`, `http_too_many_redirects`,
            `http_body_too_large`; and, retryable, `http_dns_failed`, `http_connect_failed`, `http_timeout`.
    """
    hop = Hop.first(request.method, request.url, request.query, request.headers, request.body)
    deadline = Deadline(limits.timeout_seconds)
    body = sink or MemoryBody(limits.body_bytes)
    tries = redirects = retries = 0
    while True:
        tries += 1
        outcome = _try(hop, guard, limits, deadline, body, on_wait, tls_context)
        pause = _pause_seconds(outcome, hop, limits, retries)
        if pause is not None and pause < deadline.remaining_seconds():
            retries += 1
            on_event("WARNING", f"{hop}: {outcome}, trying again in {pause:.1f} s")
            sleep(pause)
            continue
        if isinstance(outcome, _Failure):
            raise outcome.error
        if outcome.location is None:
            on_event("INFO", f"{hop}: {outcome}")
            return OutboundResponse(outcome.status, outcome.headers, body.content(), hop.target.url, tries)
        if redirects == limits.redirects:
            raise NodeError("http_too_many_redirects", f"{hop}: more than {limits.redirects} redirects")
        redirects += 1
        origin, hop = hop, hop.redirected(outcome.status, outcome.location)
        on_event("INFO", f"{origin}: {outcome}, redirected to {hop}")


def _try(
    hop: Hop,
    guard: AddressGuard,
    limits: OutboundLimits,
    deadline: Deadline,
    body: BodySink,
    on_wait: Callable[[], None],
    tls_context: ssl.SSLContext | None,
) -> _Answer | _Failure:
    sent = False
    try:
        connecting = deadline.sooner(limits.connect_timeout_seconds)
        with closing(open_socket(hop.target, guard, connecting, tls_context)) as sock:
            sent = True
            return _exchange(hop, DeadlineStream(sock, deadline, on_wait), body, on_wait)
    except (OSError, HTTPException, HTTPError) as error:
        return _Failure(_explained(error, hop, limits), sent)


def _exchange(hop: Hop, stream: DeadlineStream, body: BodySink, on_wait: Callable[[], None]) -> _Answer:
    connection_class = HTTPSConnection if hop.target.scheme == "https" else HTTPConnection
    connection = connection_class(hop.target.host, hop.target.port)
    connection.sock = stream
    # RFC 9112, section 9.3: required of a client that will not use the connection again.
    sent_headers = {**hop.headers, "Connection": "close"}
    # A server may refuse a large body before it has read all of it: its answer says why.
    with suppress(BrokenPipeError):
        connection.request(hop.method, hop.target.resource, hop.body, sent_headers, preload_content=False)
    response = connection.getresponse()
    headers = {name.lower(): response.headers[name] for name in response.headers}
    location = headers.get("location") if response.status in _REDIRECT_STATUSES else None
    body.begin(response.status, headers)
    try:
        while location is None and (chunk := response.read(_CHUNK_BYTES)):
            body.write(chunk)
            on_wait()
    except BodyTooLarge as error:
        detail = f"{hop}: the body is larger than {error.most_bytes} bytes"
        raise NodeError("http_body_too_large", detail) from error
    return _Answer(response.status, headers, location)


def _explained(error: Exception, hop: Hop, limits: OutboundLimits) -> NodeError:
    # From the narrow to the wide: time-outs, failed lookups and failed handshakes are OSErrors too.
    match error:
        case TimeoutError() | ReadTimeoutError():
            times = f"{limits.timeout_seconds:g} s in all, {limits.connect_timeout_seconds:g} s to connect"
            return NodeError("http_timeout", f"{hop}: no complete answer in time ({times})", retryable=True)
        case socket.gaierror():
            return NodeError("http_dns_failed", f"{hop}: {error.strerror}", retryable=True)
        case ssl.SSLError():
            reason = getattr(error, "verify_message", None) or error.reason or "the handshake failed"
            return NodeError("http_tls_failed", f"{hop}: {reason}")
        case OSError() | ProtocolError() | WrappedSSLError():
            reason = getattr(error, "strerror", None) or "the connection was lost before the answer was whole"
            return NodeError("http_connect_failed", f"{hop}: {reason}", retryable=True)
        case _:
            return NodeError("http_response_invalid", f"{hop}: the answer is not HTTP, or not in its coding")


def _pause_seconds(
    outcome: _Answer | _Failure, hop: Hop, limits: OutboundLimits, retries: int
) -> float | None:
    """How long to wait before the next try; None if there must be none."""
    asked_seconds = 0.0
    if isinstance(outcome, _Failure):
        is_repeatable = outcome.error.retryable and (hop.is_idempotent or not outcome.sent)
    else:
        is_repeatable = hop.is_idempotent and outcome.status in _RETRIED_STATUSES
        asked_seconds = retry_after_seconds(outcome.headers.get("retry-after"))
    if not is_repeatable or retries == limits.retries or asked_seconds > limits.retry_after_seconds:
        return None
    jitter = random.uniform(0.5, 1.0)  # noqa: S311  (it spreads load, it hides nothing)
    return max(asked_seconds, _BACKOFF_SECONDS * 2.0**retries * jitter)
