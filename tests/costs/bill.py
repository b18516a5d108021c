"""What an execution costs altogether, by component: what was counted, at the prices of `prices.json`.

Calls, units, functions, transitions, and bytes stored and logged are counted. Assumed are durations, which no
count gives, and what AWS adds by itself: they are the constants here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from local.template import read_template
from tests.costs.calls import Call
from tests.costs.measured import Invocation, Measured
from tests.costs.prices import dollars_per_million
from tools.statements import of_type

CALL_SECONDS = 0.005
"""How long a function waits for a call of DynamoDB, S3, SQS or Step Functions."""
OWN_SECONDS = 0.010
"""How long it works by itself, an invocation."""
HTTP_SECONDS = 0.100
"""How long the server of an `http` node takes."""
TRACED = 0.05
"""The share of requests that X-Ray samples, beyond one a second."""
PLATFORM_LOG_BYTES = 450
"""Of the two lines that Lambda logs of each invocation, `platform.start` and `platform.report`."""
LOG_EVENT_BYTES = 26
"""What CloudWatch adds to each line that it takes in."""
POLLER_REQUESTS = 2
"""What Lambda asks SQS for a message: it receives and deletes it."""

API = "API Gateway and firewall"
API_FUNCTIONS = "authorizer and functions of the API"
TRANSITIONS = "state transitions"
NODES = "node functions"
RECORDS = "DynamoDB: executions, nodes and logs"
COUNTING = "counting"
FOLLOWING = "following up the end"
ARCHIVE = "archive of the log"
LOGS = "functions' own logs and traces"
STORAGE = "storage of a month"

_LIFECYCLE = {
    "lifecycle/count_executions": COUNTING,
    "lifecycle/follow_up_execution": FOLLOWING,
    "lifecycle/settle_execution": FOLLOWING,
    "lifecycle/archive_logs": ARCHIVE,
}

Bill = dict[str, float]
"""Dollars a million executions, by component."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one execution used.

    Attributes:
        measured: All of it, from the call of the authorizer to the archive of its log.
        http_nodes: How many `http` nodes ran.
        printed_bytes, printed_lines: What functions logged.
        table_bytes, index_bytes: What it left in DynamoDB; of tables there are backups.
        object_bytes: What it left in S3.
    """

    measured: Measured
    http_nodes: int = 0
    printed_bytes: int = 0
    printed_lines: int = 0
    table_bytes: int = 0
    index_bytes: int = 0
    object_bytes: int = 0

    @property
    def bill(self) -> Bill:
        bill: Bill = defaultdict(float)
        bill[TRANSITIONS] = dollars_per_million("transition", self.measured.transitions)
        for invocation, calls in _invocations(self.measured):
            component = _LIFECYCLE.get(invocation.function)
            is_node = invocation.function.startswith("nodes/")
            bill[component or (NODES if is_node else API_FUNCTIONS)] += lambda_dollars(
                OWN_SECONDS + CALL_SECONDS * len(calls), memory_megabytes(invocation.function)
            )
            bill[component or RECORDS] += Measured(calls).dollars_per_million
            if invocation.function == "lifecycle/archive_logs":
                bill[ARCHIVE] += dollars_per_million("SQS request", POLLER_REQUESTS)
            if invocation.function.startswith("api/"):
                bill[API] += dollars_per_million("API call") + dollars_per_million("firewall request")
            if invocation.function != "authorizer":  # It is in the trace of the call.
                bill[LOGS] += dollars_per_million("trace", TRACED)
        waited = self.http_nodes * HTTP_SECONDS * memory_megabytes("nodes/http") / 1024
        bill[NODES] += dollars_per_million("GB-second", waited)
        bill[LOGS] += log_dollars(self.measured.functions, self.printed_bytes, self.printed_lines)
        bill[STORAGE] += dollars_per_million("stored GB", (self.table_bytes + self.index_bytes) / 2**30)
        bill[STORAGE] += dollars_per_million("backed up GB", self.table_bytes / 2**30)
        bill[STORAGE] += dollars_per_million("S3 GB", self.object_bytes / 2**30)
        return bill


@dataclass(frozen=True, slots=True)
class StatesByHand:
    """The states that an execution enters where somebody has written its ASL, a Task for each node.

    Attributes:
        inline, http: Tasks whose functions, of 128 MB, do no more than the node; the first in 10 ms.
        choices: Conditions, each a Choice alone.
        others: Parallel, Map and Wait states.
        calls: Calls of an API in front, which asks Step Functions without a function between.
    """

    inline: int = 0
    http: int = 0
    choices: int = 0
    others: int = 0
    calls: int = field(default=1, kw_only=True)

    @property
    def transitions(self) -> int:
        return self.inline + self.http + self.choices + self.others

    @property
    def bill(self) -> Bill:
        """Without an API in front, and without any record."""
        functions = self.inline * lambda_dollars(OWN_SECONDS, 128)
        functions += self.http * lambda_dollars(OWN_SECONDS + HTTP_SECONDS, 128)
        return {
            TRANSITIONS: dollars_per_million("transition", self.transitions),
            NODES: functions,
            LOGS: log_dollars(self.inline + self.http),
        }

    @property
    def api(self) -> float:
        """What an API in front costs in addition."""
        return self.calls * dollars_per_million("API call")

    @property
    def naive(self) -> float:
        """What an engine costs that writes states of nodes by states, and has an API in front.

        One state writes `running`, one calls the node's function, one writes its end, and after a condition a
        Choice follows; one more at the start and at the end write the execution's. Each write is a unit.
        """
        nodes = self.inline + self.http + self.choices
        tasks = total(self.bill) + total(StatesByHand(inline=self.choices).bill)
        written = 2 * nodes + 2
        added = dollars_per_million("transition", written) + dollars_per_million("write unit", written)
        return tasks + added + self.api

    def with_records_of(self, ours: Bill) -> float:
        """What it costs with an API in front, and with the records, logs and totals that ours keep."""
        kept = (RECORDS, COUNTING, FOLLOWING, ARCHIVE, STORAGE)
        return total(self.bill) + self.api + sum(ours[component] for component in kept)


def total(bill: Bill) -> float:
    """What all components cost together."""
    return sum(bill.values())


def lambda_dollars(seconds: float, megabytes: int) -> float:
    """Of a million invocations."""
    return dollars_per_million("function") + dollars_per_million("GB-second", seconds * megabytes / 1024)


def log_dollars(functions: int, printed_bytes: int = 0, printed_lines: int = 0) -> float:
    """Of what CloudWatch takes in, a million times."""
    lines = printed_lines + 2 * functions
    size = printed_bytes + functions * PLATFORM_LOG_BYTES + lines * LOG_EVENT_BYTES
    return dollars_per_million("log GB", size / 2**30)


@cache
def memory_megabytes(function: str) -> int:
    """Of a function of the template."""
    (found,) = [
        properties
        for properties in of_type("AWS::Serverless::Function").values()
        if properties["CodeUri"] == f"functions/{function}"
    ]
    usual: int = read_template()["Globals"]["Function"]["MemorySize"]
    return int(found.get("MemorySize", usual))


def _invocations(measured: Measured) -> Iterator[tuple[Invocation, tuple[Call, ...]]]:
    first = 0
    for invocation in measured.invocations:
        yield invocation, measured.calls[first : first + invocation.calls]
        first += invocation.calls
