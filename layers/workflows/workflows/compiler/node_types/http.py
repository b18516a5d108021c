"""`http`: sends a request."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.fields import (
    Check,
    Field,
    an_object,
    anything,
    integer,
    list_of,
    number,
    one_of,
    text,
)
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_known_method = one_of(*_METHODS)
_status = integer(100, 599)


def _method_fault(value: JsonValue) -> str | None:
    return _known_method(value.upper() if isinstance(value, str) else value)


_method = Check(_method_fault, {"enum": [*_METHODS, *(method.lower() for method in _METHODS)]})


def _statuses_fault(value: JsonValue) -> str | None:
    is_list = isinstance(value, list) and value
    if not is_list or any(_status(status) for status in value):
        return "must be an array of HTTP statuses from 100 to 599"
    return None


_statuses = Check(_statuses_fault, {**list_of(_status.schema), "minItems": 1})


def _rules(config: Config) -> Iterator[Problem]:
    if "json" in config and "body" in config:
        yield Problem("/body", "give either json or body, not both")


HTTP = NodeType(
    "http",
    "Sends an HTTP request; its output is the answer's status, headers and body.",
    {
        "method": Field(_method, default="GET"),
        "url": Field(text(), required=True),
        "headers": Field(an_object, default={}),
        "query": Field(an_object, default={}),
        "json": Field(anything),
        "body": Field(text(0)),
        "timeout_seconds": Field(number(0, 600, above=True), default=30),
        "expect_status": Field(_statuses),
    },
    function="http",
    bound_seconds=lambda config: float(config["timeout_seconds"]),
    rules=_rules,
    complete=lambda config: {**config, "method": config["method"].upper()},
    takes_secrets=True,
)
