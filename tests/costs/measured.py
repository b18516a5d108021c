"""What an operation costs: calls, units, functions and transitions, and their price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.costs.calls import Call

DOLLARS_PER_MILLION = {
    "transition": 25.0,
    "function": 0.20,
    "write unit": 0.625,
    "read unit": 0.125,
    "S3 PUT": 5.0,
    "S3 GET": 0.40,
    "SQS request": 0.40,
}
"""List prices of us-east-1, of Step Functions Standard, DynamoDB on demand, and S3 Standard."""

_S3_KINDS = {"PutObject": "PUT", "GetObject": "GET", "HeadObject": "GET", "DeleteObject": "DELETE"}


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Attributes:
        functions: Invocations of Lambda functions.
        transitions: States that Step Functions entered, retries included.
    """

    calls: tuple[Call, ...]
    functions: int = 0
    transitions: int = 0

    def beyond(self, other: Measured) -> Measured:
        """What this costs more than another that makes the same calls and some less."""
        return Measured(
            _beyond(self.calls, other.calls),
            self.functions - other.functions,
            self.transitions - other.transitions,
        )

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
        price = DOLLARS_PER_MILLION
        return (
            self.transitions * price["transition"]
            + self.functions * price["function"]
            + self.write_units * price["write unit"]
            + self.read_units * price["read unit"]
            + sum(count * price.get(name, 0) for name, count in self.other_calls.items())
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
