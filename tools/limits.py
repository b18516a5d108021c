"""`python -m tools.limits` writes `docs/limits.md`: what there may be at most, out of the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tools.markdown import DOCS, document, table
from tools.statements import template
from workflows.compiler.expression_problems import MAX_ALL_CHARACTERS
from workflows.compiler.expressions import MAX_EXPRESSION_CHARACTERS
from workflows.compiler.graphs import MAX_EDGES, MAX_NODES, MAX_PART_BYTES, MAX_SCHEMAS
from workflows.compiler.measure import MAX_DEFINITION_BYTES, MAX_HISTORY_EVENTS
from workflows.compiler.normalise import MAX_ON_CANCEL_NODES
from workflows.compiler.plans import MAX_BATCH_ITEMS
from workflows.domain import execution, inputs_schema, loop, payload, secret, webhook
from workflows.domain.token import MAX_TOKENS
from workflows.domain.transitions import MAX_LEASE_SECONDS
from workflows.domain.workflow import MAX_DELAY_SECONDS
from workflows.http import requests
from workflows.http.resolver import MAX_BODY_BYTES
from workflows.runtime import expressions
from workflows.runtime.agent.toolbox import MAX_CALLS
from workflows.services import report_contents
from workflows.services.log_downloads import LINK_SECONDS
from workflows.services.oidc import MAX_TOKEN_CHARACTERS
from workflows.services.report_log import MAX_LINES
from workflows.services.statistics import MAX_PERIODS
from workflows.services.webhooks import PAUSES_SECONDS

PATH = DOCS / "limits.md"

_INTRODUCTION = """\
# Limits

What there may be at most: made by `python -m tools.limits` from the constants of the code and the defaults
of the template. A parameter of the deployment is named where it changes one; all others are the same
everywhere. Bounds of single fields are in the [reference of definitions](node-types.md), those of requests'
parameters and [requests a minute](api.md#rates) in [api.md](api.md), and what changes those in
[operations.md](operations.md#limits).
"""
_AWS = """\
## AWS's behind them

Quotas of an account in a region, as AWS sets them at first; [deployment.md](deployment.md#quotas-to-raise)
says which to raise. "Most regions" are all but us-east-1, us-west-2 and eu-west-1. They are AWS's to change:
[Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html),
[Lambda](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), [API
Gateway](https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html),
[DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html), [Systems
Manager](https://docs.aws.amazon.com/general/latest/gr/ssm.html).
"""
_AWS_ROWS = (
    ("state machines", "100,000", "definitions of workflows, each version that differs"),
    (
        "CreateStateMachine",
        "100 at once, then 1 a second",
        "saves that change what is compiled; others are a 503",
    ),
    (
        "StartExecution",
        "1,300 at once, then 300 a second; 800 and 150 in most regions",
        "starts; the rest stays pending for a while",
    ),
    (
        "state transitions",
        "5,000 a second; 800 in most regions, and less in new accounts",
        "nodes that start; Step Functions throttles",
    ),
    (
        "DescribeExecution",
        "300 at once, then 15 a second; 250 and 10 in most regions",
        "executions that the reconciler looks at",
    ),
    ("one state machine", "1 MB", "how large a definition may compile to"),
    ("one execution's history", "25,000 events", "nodes and iterations of one attempt"),
    ("one execution", "a year", "executions, and delays in them"),
    ("Lambda functions at once", "1,000; less in new accounts", "nodes and requests at the same time"),
    ("one Lambda function", "15 minutes", "a try of a node"),
    ("one invocation's payload", "6 MB", "what a lambda node sends and gets, and answers of the API"),
    ("requests to API Gateway", "10,000 a second", "all APIs of the account together"),
    ("one request to API Gateway", "29 seconds", "`wait_seconds`, and everything else a caller waits for"),
    ("API keys", "10,000", "users who are made here; not those of an identity provider"),
    ("one item of DynamoDB", "400 KB", "why values from 300 KB are objects in S3"),
    ("parameters of Parameter Store", "10,000", "secrets of all users"),
    (
        "reads of Parameter Store",
        "40 a second",
        "functions that meet a secret that they do not have",
    ),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        what: What there may be.
        value: How much of it; of a parameter, its default.
        beyond: What happens to more.
        parameter: What changes it.
    """

    what: str
    value: str
    beyond: str
    parameter: str = ""


def render() -> str:
    """The text of `docs/limits.md`."""
    lines = [_INTRODUCTION]
    for title, limits in (
        ("Definitions", _definitions()),
        ("Executions", _executions()),
        ("Values and expressions", _values()),
        ("Logs", _logs()),
        ("Reports", _reports()),
        ("Requests", _requests()),
        ("Users", _users()),
    ):
        rows = ((each.what, each.value, each.beyond, each.parameter) for each in limits)
        lines += [f"## {title}", "", *table("what", "at most", "beyond it", "parameter", rows=rows), ""]
    lines += [_AWS, *table("what", "at first", "what it bounds here", rows=_AWS_ROWS)]
    return document(lines)


def _definitions() -> Iterator[Limit]:
    refused = "refused with 422"
    yield Limit("nodes", f"{MAX_NODES:,}", refused)
    yield Limit("edges", f"{MAX_EDGES:,}", refused)
    yield Limit("nodes of `on_cancel`", f"{MAX_ON_CANCEL_NODES}", refused)
    yield Limit("the whole document, as a request's body", _bytes(MAX_BODY_BYTES), "refused with 413")
    yield Limit("one node's config, or all `variables`, as JSON", _bytes(MAX_PART_BYTES), refused)
    yield Limit("all different expressions together", f"{MAX_ALL_CHARACTERS:,} characters", refused)
    yield Limit("one expression", f"{MAX_EXPRESSION_CHARACTERS:,} characters", refused)
    yield Limit("one JSON Schema", f"{inputs_schema.MAX_CHARACTERS:,} characters", refused)
    yield Limit("JSON Schemas in one definition", f"{MAX_SCHEMAS:,}", refused)
    yield Limit("loops within loops", f"{loop.MAX_LOOP_DEPTH} deep", refused)
    yield Limit(
        "the state machine it compiles to",
        _bytes(MAX_DEFINITION_BYTES),
        "refused with 422, which says by how much; `python -m workflows.compiler FILE --explain` says how"
        f" large it is. {MAX_NODES:,} nodes fit with short ids; long ones and `retry` make it larger",
    )
    yield Limit("events of an attempt's history", f"{MAX_HISTORY_EVENTS:,}", "likewise")


def _executions() -> Iterator[Limit]:
    yield Limit(
        "executions that one user starts in a day", *_parameter("MaxExecutionsPerDay", "429 `quota_exceeded`")
    )
    yield Limit(
        "executions of one user at once",
        *_parameter("MaxConcurrentExecutionsPerUser", "the surplus waits"),
    )
    yield Limit("`workflow` nodes that execute one another", f"{execution.MAX_DEPTH} deep", "the node fails")
    yield Limit("a try of a node", _seconds(MAX_LEASE_SECONDS), "the try fails")
    yield Limit("a delay, or an approval's time", _seconds(MAX_DELAY_SECONDS), "refused, or the node fails")
    yield Limit("items or turns of a loop", f"{loop.MAX_ITEMS:,}", "the loop fails (`loop_too_long`)")
    yield Limit("items that one Task works out", f"{MAX_BATCH_ITEMS}", "further Tasks take the rest")
    yield Limit("tools that a model calls in a round", f"{MAX_CALLS}", "the further calls are refused")
    yield Limit("labels of an execution", f"{requests.MAX_LABELS}", "400")


def _values() -> Iterator[Limit]:
    yield Limit("a value: inputs, an output, a result", _bytes(payload.MAX_BYTES), "the node fails")
    yield Limit("of these, in the answer itself", _bytes(payload.ITEM_BYTES), "a link takes its place")
    yield Limit("objects and lists within one another", f"{payload.MAX_DEPTH} deep", "400, or the node fails")
    yield Limit(
        "a body that an `http` node has as output",
        *_parameter("HttpMaxBodyBytes", "it becomes a file", as_bytes=True),
    )
    yield Limit(
        "a file that an `http` node fetches", *_parameter("HttpMaxFileBytes", "the node fails", as_bytes=True)
    )
    yield Limit(
        "an object that a `storage` node reads or writes",
        *_parameter("StorageMaxBytes", "the node fails (`storage_too_large`)", as_bytes=True),
    )
    fails = "the node fails"
    yield Limit("the time of one expression", f"{expressions.TIMEOUT_MILLISECONDS / 1000:g} seconds", fails)
    yield Limit("its memory, beyond what it reads", _bytes(expressions.MAX_EXTRA_BYTES), fails)
    yield Limit("its depth", f"{expressions.MAX_DEPTH}", fails)
    yield Limit("a range `[1..n]`", f"{expressions.MAX_RANGE:,} numbers", fails)
    yield Limit("what all expressions of a field give", _bytes(expressions.MAX_VALUE_BYTES), fails)
    yield Limit("the check of inputs by their schema", _seconds(inputs_schema.CHECK_SECONDS), "422")


def _logs() -> Iterator[Limit]:
    yield Limit("a line's message", *_parameter("MaxLogLineBytes", "it is cut", as_bytes=True))
    yield Limit(
        "what an execution logs",
        *_parameter("MaxLogBytesPerExecution", "only ERROR lines are kept, as much again", as_bytes=True),
    )
    yield Limit(
        "lines in DynamoDB", *_parameter("LogChunkDays", "they are read from their archive", unit="days")
    )
    yield Limit("archives in S3", *_parameter("LogArchiveExpiryDays", "the log is gone", unit="days"))
    yield Limit("the functions' own logs", *_parameter("LogRetentionDays", "they are gone", unit="days"))
    yield Limit("a link to a download", _seconds(LINK_SECONDS), "ask for another")
    yield Limit("`offset` in a log", f"{requests.MAX_LOGS_OFFSET:,}", "400: use `cursor`")


def _reports() -> Iterator[Limit]:
    shown = "it says so, and where the rest is"
    yield Limit("inputs, and the result", f"{_bytes(report_contents.MAX_VALUE_BYTES)} of each", shown)
    yield Limit("a node's output", _bytes(report_contents.MAX_OUTPUT_BYTES), shown)
    yield Limit("larger outputs, with their beginning", f"{report_contents.MAX_READ_OUTPUTS}", shown)
    yield Limit("all outputs together", _bytes(report_contents.MAX_OUTPUTS_BYTES), shown)
    yield Limit("lines of the log", f"{MAX_LINES:,}", "errors first, then warnings, then the last ones")
    yield Limit("records of iterations", f"{report_contents.MAX_ITERATIONS:,}", shown)


def _requests() -> Iterator[Limit]:
    yield Limit("a body", _bytes(MAX_BODY_BYTES), "413")
    yield Limit("`wait_seconds`", f"{requests.MAX_WAIT_SECONDS}", "400")
    yield Limit("`offset` in a list", f"{requests.MAX_OFFSET:,}", "400: use `cursor`")
    yield Limit("hours of statistics", f"{MAX_PERIODS['hour']}", "400")
    yield Limit("days of statistics", f"{MAX_PERIODS['day']}", "400")
    yield Limit("requests of one address in five minutes", *_parameter("WafRequestsPerFiveMinutes", "429"))
    yield Limit("a webhook's URL", f"{webhook.MAX_URL_CHARACTERS:,} characters", "400")
    tries = len(PAUSES_SECONDS) + 1
    yield Limit("tries of a webhook", f"{tries}, in {sum(PAUSES_SECONDS) / 3600:.0f} hours", "it is given up")


def _users() -> Iterator[Limit]:
    yield Limit("workflows of one user", *_parameter("MaxWorkflowsPerUser", "403 `limit_reached`"))
    yield Limit("tokens of one user", f"{MAX_TOKENS}", "403 `limit_reached`")
    yield Limit("how long a token is good", f"{requests.MAX_TOKEN_DAYS} days", "400")
    yield Limit("secrets of one owner", f"{secret.MAX_SECRETS}", "403 `limit_reached`")
    yield Limit(
        "a secret's value",
        f"{secret.MAX_VALUE_BYTES:,} bytes, and {secret.MIN_VALUE_CHARACTERS} characters at least",
        "400",
    )
    yield Limit("a JWT", f"{MAX_TOKEN_CHARACTERS:,} characters", "401")


def _parameter(name: str, beyond: str, *, as_bytes: bool = False, unit: str = "") -> tuple[str, str, str]:
    default = template()["Parameters"][name]["Default"]
    value = _bytes(default) if as_bytes else f"{default:,} {unit}".strip() if default else "any number"
    return value, beyond, f"`{name}`"


def _bytes(count: int) -> str:
    for unit, size in (("MiB", 1024**2), ("MB", 10**6), ("KiB", 1024), ("KB", 1000)):
        if count % size == 0:
            return f"{count // size:,} {unit}"
    return f"{count:,} bytes"


def _seconds(count: float) -> str:
    for unit, size in (("year", 365 * 86_400), ("minutes", 60)):
        if count % size == 0:
            return f"{'a' if count == size else f'{count / size:g}'} {unit}"
    return f"{count:g} seconds"


def main() -> None:
    """Write the document."""
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
