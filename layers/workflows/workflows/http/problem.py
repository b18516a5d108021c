"""Errors as RFC 9457 problem documents. Only this module knows which HTTP status an error has."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from workflows.domain.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    Invalid,
    InvalidInputs,
    KeyReused,
    LimitReached,
    Malformed,
    NotFound,
    Problem,
    QuotaExceeded,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    WorkflowError,
)
from workflows.domain.token import hide_tokens
from workflows.http.response import json_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools.event_handler import Response

PROBLEM_JSON = "application/problem+json"

STATUSES: dict[type[WorkflowError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    IllegalTransition: HTTPStatus.CONFLICT,
    Conflict: HTTPStatus.CONFLICT,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidInputs: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    LimitReached: HTTPStatus.FORBIDDEN,
    QuotaExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_RETRY_AFTER_SECONDS = 2


def problem_response(error: WorkflowError, instance: str) -> Response[str]:
    """The answer that tells a caller of `error`.

    Args:
        instance: Path of the request.
    """
    status = STATUSES[type(error)]
    headers = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    body = problem_document(
        status, error.detail, error.error_code, instance, error.problems, error.execution_id
    )
    return json_response(status, body, headers, content_type=PROBLEM_JSON)


def problem_document(
    status: HTTPStatus,
    detail: str,
    error_code: str,
    instance: str,
    problems: Sequence[Problem] = (),
    execution_id: str | None = None,
) -> dict[str, Any]:
    """A problem document: {type, title, status, detail, instance, error_code, execution_id?, errors?}."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": hide_tokens(detail),
        "instance": hide_tokens(instance),
        "error_code": error_code,
    }
    if execution_id is not None:
        document["execution_id"] = execution_id
    if problems:
        document["errors"] = [
            {"pointer": hide_tokens(p.pointer), "detail": hide_tokens(p.detail)} for p in problems
        ]
    return document
