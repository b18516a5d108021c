"""The seam below the adapters: clients whose calls take time, go wrong as planned, and are observed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.faults.dynamodb import refused
from tests.faults.loop import Loop, owner
from tests.faults.plans import BATCHES, READS, Call, Fault, Plan, no_faults
from workflows.adapters import clients

PRODUCT = str(Path(__file__).parents[2] / "layers")


class Killed(BaseException):
    """The function's process is gone: no code of it may go on."""


@dataclass(eq=False)
class Invocation:
    """One run of a Lambda function.

    Attributes:
        number: Counts a world's invocations.
        deadline: Unix time at which Lambda kills it.
        reads: By execution id, the status and attempt that it read last, and when.
        looks: By execution id, when it last looked for live leases.
        failures: The calls that failed as it saw them: when it made them, the operation and the arguments.
    """

    number: int
    function: str
    deadline: float
    killed: bool = False
    reads: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    looks: dict[str, float] = field(default_factory=dict)
    failures: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.function}#{self.number}"


Observer = Callable[[Invocation, str, dict[str, Any], Any], None]
"""Called with who called, the operation, its arguments and its answer (or the error), as it acts."""


class Seam:
    """Stands between the product's code and the fakes.

    Attributes:
        plan: What goes wrong.
    """

    def __init__(self, loop: Loop, random: Random, services: dict[str, Any], observer: Observer) -> None:
        self.plan: Plan = no_faults
        self.calls = 0
        self.faults = 0
        self._loop = loop
        self._random = random
        self._services = services
        self._observer = observer

    def client(self, service: str, *, once: bool = False) -> Any:
        return _Client(self, service)

    def call(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:
        act = getattr(self._services[service], operation)
        who = owner()
        if who is None:
            return act(**arguments)
        self.alive(who)
        began = self._loop.now
        fault = self.decide(service, operation, who.function)
        self._loop.sleep(self._random.uniform(0.001, 0.02))
        try:
            self._before(who, fault, service, operation)
            return self._act(who, fault, service, operation, arguments, act)
        except (ClientError, BotoCoreError):
            who.failures.append((began, operation, arguments))
            raise

    def decide(self, service: str, operation: str, function: str) -> Fault | None:
        """What is to go wrong with the call that comes now."""
        self.calls += 1
        fault = self.plan(Call(self.calls, service, operation, function, _site))
        self.faults += fault is not None
        return fault

    def alive(self, who: Invocation) -> None:
        """Goes on only if the function does.

        Raises:
            Killed: It does not.
        """
        if who.killed or self._loop.now >= who.deadline:
            who.killed = True
            raise Killed

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` is to the product."""
        self._loop.sleep(seconds)
        if (who := owner()) is not None:
            self.alive(who)

    def _before(self, who: Invocation, fault: Fault | None, service: str, operation: str) -> None:
        self.alive(who)
        match fault:
            case Fault.KILLED_BEFORE:
                who.killed = True
            case Fault.SLOW:
                self._loop.sleep(
                    self._random.uniform(0.5, _longest_seconds(service) - _read_seconds(service))
                )
            case Fault.REFUSED:
                self._loop.sleep(self._random.uniform(0.1, 3))
                code = self._random.choice(["ThrottlingException", "InternalServerError"])
                self.alive(who)
                raise refused(operation, code, "refused")
            case Fault.CONFLICT:
                raise refused(operation, "TransactionConflictException", "another transaction is at it")
            case Fault.UNREACHED:
                self._loop.sleep(self._random.uniform(2, 12))
                self.alive(who)
                kind = self._random.choice([ConnectTimeoutError, ReadTimeoutError, EndpointConnectionError])
                raise kind(endpoint_url="https://fake")
        self.alive(who)

    def _act(
        self,
        who: Invocation,
        fault: Fault | None,
        service: str,
        operation: str,
        arguments: dict[str, Any],
        act: Any,
    ) -> Any:
        if fault is Fault.PARTIAL:
            return self._part(who, operation, arguments, act)
        answer = self._observed(who, operation, arguments, act)
        # A transaction has a token of botocore's making, by which a retry of it is the same one.
        if fault is Fault.DOUBLED and operation != "transact_write_items":
            self._loop.sleep(_read_seconds(service) + self._random.uniform(0, 1))
            self.alive(who)
            answer = self._observed(who, operation, arguments, act)
        if fault is Fault.KILLED_AFTER:
            who.killed = True
        if fault is Fault.LOST:
            self._loop.sleep(self._random.uniform(_read_seconds(service), _longest_seconds(service)))
            self.alive(who)
            raise ReadTimeoutError(endpoint_url="https://fake")
        self._loop.sleep(self._random.uniform(0.001, 0.02))
        self.alive(who)
        if isinstance(answer, ClientError):
            raise answer
        return answer

    def _observed(self, who: Invocation, operation: str, arguments: dict[str, Any], act: Any) -> Any:
        try:
            answer = act(**arguments)
        except ClientError as error:
            answer = error
        self._observer(who, operation, arguments, answer)
        return answer

    def _part(self, who: Invocation, operation: str, arguments: dict[str, Any], act: Any) -> Any:
        """The first part of a batch is done, the rest is not."""
        ((table, wanted),) = arguments["RequestItems"].items()
        listed = wanted["Keys"] if operation in READS else wanted
        cut = self._random.randrange(len(listed))
        parts = [{**wanted, "Keys": p} if operation in READS else p for p in (listed[:cut], listed[cut:])]
        answer = self._observed(who, operation, {"RequestItems": {table: parts[0]}}, act)
        assert operation in BATCHES
        return {**answer, "Unprocessed" + ("Keys" if operation in READS else "Items"): {table: parts[1]}}


@dataclass(frozen=True, slots=True)
class _Client:
    seam: Seam
    service: str

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self.seam.call(self.service, operation, arguments)


def _config(service: str) -> Any:
    return clients._SERVICE_CONFIG.get(service, clients._CONFIG)


def _read_seconds(service: str) -> float:
    """How long botocore waits for an answer."""
    seconds: float = _config(service).read_timeout
    return seconds


def _longest_seconds(service: str) -> float:
    """How long a call takes that is never answered, tries and the pauses between them together."""
    tries: int = _config(service).retries["total_max_attempts"]
    return tries * _read_seconds(service) + 5


def _site() -> tuple[str, ...]:
    """The lines of the product that a call comes from, outermost first."""
    lines = []
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(PRODUCT):
            name = frame.f_code.co_filename.rpartition("/workflows/")[2]
            lines.append(f"{name}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(reversed(lines))
