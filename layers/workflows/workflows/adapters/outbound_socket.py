"""Sockets that lead only where the guard allows, and that a deadline governs to the last byte."""

from __future__ import annotations

import io
import math
import socket
import ssl
import time
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any

from workflows.domain.errors import NodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import ReadableBuffer, WriteableBuffer

    from workflows.adapters.address_guard import AddressGuard
    from workflows.adapters.outbound_target import Target

    # What `socket.getaddrinfo` answers: family, type, protocol, canonical name, socket address.
    AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]


_WAIT_SECONDS = 1.0


class Deadline:
    """A moment on the monotonic clock after which nothing waits any more."""

    def __init__(self, seconds: float) -> None:
        self._moment = time.monotonic() + seconds

    def remaining_seconds(self) -> float:
        """How long is left; 0 once it has passed."""
        return max(0.0, self._moment - time.monotonic())

    def sooner(self, seconds: float) -> Deadline:
        """This deadline, or the one `seconds` from now if that comes first."""
        return Deadline(min(seconds, self.remaining_seconds()))

    def limit(self, sock: socket.socket, *, shares: int = 1, at_most: float = math.inf) -> None:
        """Lets the next operation on `sock` take an equal share of what is left, or `at_most` seconds.

        Raises:
            TimeoutError: Nothing is left.
        """
        seconds = self.remaining_seconds() / shares
        if seconds == 0:
            raise TimeoutError
        sock.settimeout(min(seconds, at_most))


class DeadlineStream(io.RawIOBase):
    """The part of a socket that `http.client` uses, with the deadline set anew before each operation.

    A socket's own time-out starts again with every byte, so a server that drips would never meet it.
    While there is nothing to read, `on_wait` is called about once a second; what it raises ends the wait.
    """

    def __init__(
        self, sock: socket.socket, deadline: Deadline, on_wait: Callable[[], None] = lambda: None
    ) -> None:
        self._sock = sock
        self._deadline = deadline
        self._on_wait = on_wait

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while True:
            self._deadline.limit(self._sock, at_most=_WAIT_SECONDS)
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                self._on_wait()

    def sendall(self, data: ReadableBuffer) -> None:
        unsent = memoryview(data)
        while unsent:
            self._deadline.limit(self._sock)
            unsent = unsent[self._sock.send(unsent) :]

    def settimeout(self, seconds: float | None) -> None:
        """Does nothing: the deadline alone decides."""

    def close(self) -> None:
        """Does nothing: `http.client` would close it with the body still unread; its opener closes it."""


def open_socket(
    target: Target, guard: AddressGuard, deadline: Deadline, tls_context: ssl.SSLContext | None = None
) -> socket.socket:
    """Connects to a target, with TLS where its scheme says so.

    The name is resolved once, and the connection goes to an address of that very answer: nothing can be
    rebound between check and connection.

    Args:
        target: Where to.
        guard: What may be connected to.
        deadline: For resolving, connecting and the handshake together.
        tls_context: Instead of the system's trust store.

    Raises:
        NodeError: `http_address_forbidden`.
        TimeoutError: The deadline has passed.
        socket.gaierror: The name does not resolve.
        ssl.SSLError: The handshake failed, or the certificate is not the host's.
        OSError: No address could be connected to.
    """
    answers = _resolve(target, deadline)
    if not guard.allows(target.host, target.port, (str(answer[4][0]) for answer in answers)):
        raise NodeError(
            "http_address_forbidden",
            f"{target}: the host is, or resolves to, an address that is not public (private, loopback, "
            "link-local, metadata, reserved), and is not on the list of allowed hosts",
        )
    sock = _connect(answers, deadline)
    if target.scheme == "http":
        return sock
    try:
        deadline.limit(sock)
        context = tls_context or _system_tls_context()
        return context.wrap_socket(sock, server_hostname=target.host.rstrip("."))
    except BaseException:
        sock.close()
        raise


def _resolve(target: Target, deadline: Deadline) -> Sequence[AddressInfo]:
    # getaddrinfo takes no time-out, and its own can be longer than the deadline: a thread can be left behind.
    answers: Future[Sequence[AddressInfo]] = Future()

    def look_up() -> None:
        try:
            answers.set_result(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except Exception as error:
            answers.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    return answers.result(deadline.remaining_seconds())


def _connect(answers: Sequence[AddressInfo], deadline: Deadline) -> socket.socket:
    failure = OSError("the name has no address")
    for position, (family, kind, protocol, _, address) in enumerate(answers):
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            failure = error
            continue
        try:
            # Shares, so that an address that never answers leaves time for the next one.
            deadline.limit(sock, shares=len(answers) - position)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


@cache
def _system_tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()
