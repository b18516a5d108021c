"""Audit lines: who did what to which workflow, execution or user."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from workflows.domain.access import Caller
from workflows.domain.endpoints import endpoint
from workflows.domain.token import hide_tokens

SCHEMA = 1
"""Goes up when the names in a line, or what they mean, change."""

_REFUSED = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


def audit_line(
    event: Mapping[str, Any],
    caller: Caller,
    status: int,
    *,
    action: str | None = None,
    error_code: str | None = None,
    reason: str | None = None,
    made: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A line about a request. No header, body or query of it is in there.

    The logger leaves out what is None.

    Args:
        event: What API Gateway sends, to the authorizer or to an endpoint.
        action: If not the endpoint's: a part of it.
        reason: Why it was refused, where callers are not told.
        made: The ids of what came of it, e.g. `{"execution_id": ...}`.
    """
    method, resource = event["httpMethod"], event["resource"]
    found = endpoint(method, resource)
    target = {**(event.get("pathParameters") or {}), **(made or {})}
    return {
        "schema": SCHEMA,
        "action": action or (found.name if found else f"{method} {resource}"),
        "outcome": _outcome(status),
        "status": status,
        "error_code": error_code,
        "reason": reason,
        "actor": {"user_id": caller.user_id, "role": caller.role, "address": caller.address},
        "target": {name: hide_tokens(unquote(id_)) for name, id_ in target.items()},
        "request_id": event["requestContext"].get("requestId"),
    }


def _outcome(status: int) -> str:
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    if status in _REFUSED:
        return "refused"
    return "invalid" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"
