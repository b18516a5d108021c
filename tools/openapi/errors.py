"""Errors as answers: each by its status, with what its codes mean."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from workflows.http.problem import PROBLEM_JSON, STATUSES

Schema = dict[str, Any]

RATE_HEADERS = ("RateLimit-Policy", "RateLimit")

_MEANINGS = {
    "malformed_request": "Not JSON, wrong types, out of range, unknown fields or parameters.",
    "unauthenticated": "The token is not good, or one is needed.",
    "forbidden": "You may know of it, and may not do this.",
    "limit_reached": "You have as many as you may.",
    "not_found": "There is no such thing, or you may not know of it.",
    "illegal_transition": "Its status is none from which this is possible.",
    "conflict": "It was changed meanwhile, or there is one already.",
    "request_too_large": "The body is larger than 5 MB; or the answer would be larger than one may be.",
    "unsupported_media_type": "The body is not `application/json`.",
    "invalid_definition": "It is not a valid definition: `errors` lists everything.",
    "invalid_inputs": "They are not what the workflow takes: `errors` lists everything.",
    "idempotency_key_reused": "The `Idempotency-Key` came with another request.",
    "rate_limited": "More requests than your rate.",
    "quota_exceeded": "More requests, or more executions, than you may have in a day.",
    "internal_error": "Something went wrong on our side.",
    "unavailable": "A service behind refuses for now.",
    "timed_out": "There was no answer in time: what was asked for may be done all the same.",
}
# API Gateway's own, beside those that ours have, too.
_STATUSES = {each.error_code: status for each, status in STATUSES.items()} | {
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "timed_out": HTTPStatus.GATEWAY_TIMEOUT,
}
_OF_ALL = ("malformed_request", "rate_limited", "internal_error", "unavailable", "timed_out")
# The usage plans have quotas, too, which API Gateway counts by caller.
_OF_CALLERS = ("unauthenticated", "forbidden", "quota_exceeded")
_OF_BODIES = ("request_too_large", "unsupported_media_type")
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: "WWW-Authenticate",
    HTTPStatus.TOO_MANY_REQUESTS: "Retry-After",
    HTTPStatus.SERVICE_UNAVAILABLE: "Retry-After",
    HTTPStatus.GATEWAY_TIMEOUT: "Retry-After",
}

PROBLEM: Schema = {
    "description": "What is wrong (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "description": "Of the status."},
        "status": {
            "type": "integer",
            "description": "Left out where API Gateway refuses by itself what it cannot tell more of.",
        },
        "detail": {"type": "string", "description": "In a sentence, for people."},
        "instance": {
            "type": "string",
            "description": "The path of the request, or the id that API Gateway has given it.",
        },
        "error_code": {"type": "string", "description": "For programs: it stays the same."},
        "execution_id": {"type": "string", "format": "uuid", "description": "The execution it is about."},
        "errors": {
            "type": "array",
            "description": "Each thing that is wrong.",
            "items": {"$ref": "#/components/schemas/ProblemAnswer"},
        },
    },
    "required": ["type", "title", "detail", "instance", "error_code"],
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "limit: Input should be less than or equal to 100",
        "instance": "/executions",
        "error_code": "malformed_request",
        "errors": [{"pointer": "limit", "detail": "Input should be less than or equal to 100"}],
    },
}


def error_responses(own: Iterable[str], *, asks_caller: bool, has_body: bool) -> dict[str, str]:
    """The names of an operation's answers that are errors, by status.

    Args:
        own: The codes of those that not every operation has.
        asks_caller: Whether API Gateway finds out first who is calling.
    """
    codes = [*_OF_ALL, *(_OF_CALLERS if asks_caller else ()), *(_OF_BODIES if has_body else ()), *own]
    ordered = [code for code in _MEANINGS if code in codes]
    if unknown := set(codes) - set(ordered):
        raise ValueError(f"there are no errors of the codes {unknown}")
    by_status: dict[HTTPStatus, list[str]] = {}
    for code in ordered:
        by_status.setdefault(_STATUSES[code], []).append(code)
    return {str(int(status)): "-or-".join(by_status[status]) for status in sorted(by_status)}


def error_response(name: str) -> Schema:
    """A component of `error_responses`."""
    codes = name.split("-or-")
    status = _STATUSES[codes[0]]
    headers = [*RATE_HEADERS, *([_HEADERS[status]] if status in _HEADERS else [])]
    return {
        "description": " ".join(f"`{code}`: {_MEANINGS[code]}" for code in codes),
        "headers": {header: {"$ref": f"#/components/headers/{header}"} for header in headers},
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
