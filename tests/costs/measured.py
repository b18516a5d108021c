"""What an operation costs: calls, units, functions and transitions, and their price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.costs.calls import Call
from tests.costs.prices import dollars_per_million, prices

_S3_KINDS = {"PutObject": "PUT", "GetObject": "GET", "HeadObject": "GET", "DeleteObject": "DELETE"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """Of a Lambda function.

    Attributes:
        function: Its folder.
        calls: How many calls of AWS it made.
    """

    function: str
    calls: int


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Attributes:
        invocations: Of Lambda functions.
        transitions: States that Step Functions entered, retries included.
    """

    calls: tuple[Call, ...]
    invocations: tuple[Invocation, ...] = ()
    transitions: int = 0

    def beyond(self, other: Measured) -> Measured:
        """What this costs more than another that makes the same calls and some less."""
        return Measured(
            _beyond(self.calls, other.calls),
            self.invocations[: self.functions - other.functions],
            self.transitions - other.transitions,
        )

    @property
    def functions(self) -> int:
        """How many Lambda functions were invoked."""
        return len(self.invocations)

    @property
    def dynamodb_calls(self) -> int:
        return sum(call.service == "dynamodb" for call in self.calls)

    @property
    def read_units(self) -> float:
        return sum(call.read_units for call in self.calls)

    @property
    def write_units(self) -> int:
        """Those in indexes included."""
        return sum(call.all_write_units for call in self.calls)

    @property
    def index_units(self) -> int:
        return sum(sum(call.index_units.values()) for call in self.calls)

    @property
    def other_calls(self) -> Counter[str]:
        """Calls of other services, e.g. `S3 PUT` and `StartExecution`."""
        return Counter(
            f"S3 {_S3_KINDS[call.operation]}" if call.service == "s3" else _other(call)
            for call in self.calls
            if call.service != "dynamodb"
        )

    @property
    def dollars_per_million(self) -> float:
        return sum(
            dollars_per_million(name, amount)
            for name, amount in (
                ("transition", self.transitions),
                ("function", self.functions),
                ("write unit", self.write_units),
                ("read unit", self.read_units),
                *((name, count) for name, count in self.other_calls.items() if name in prices()),
            )
        )


def _beyond(calls: tuple[Call, ...], others: tuple[Call, ...]) -> tuple[Call, ...]:
    more = len(calls) - len(others)
    if calls[more:] == others:
        return calls[:more]
    left = [*others]
    beyond = []
    for call in calls:
        if call in left:
            left.remove(call)
        else:
            beyond.append(call)
    assert not left, f"the smaller one alone makes {left}"
    return tuple(beyond)


def _other(call: Call) -> str:
    return "SQS request" if call.service == "sqs" else call.operation
