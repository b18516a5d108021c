"""Answers as JSON, with the headers that all of them carry."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from workflows.http.answer import Answer
from workflows.http.cors import cors_headers

COMMON_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    # Without includeSubDomains: below a custom domain there may be hosts that are not ours to bind.
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers

The template gives the same to API Gateway's own errors.
"""


def json_response(
    status: HTTPStatus,
    body: Answer | dict[str, Any],
    headers: dict[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Response[str]:
    """An answer with a JSON body."""
    text = json.dumps(body.to_json() if isinstance(body, Answer) else body)
    return Response(status, content_type, text, _with_common(headers or {}))


def text_response(text: str, content_type: str, headers: dict[str, str] | None = None) -> Response[str]:
    """200, with a body of another type."""
    return Response(HTTPStatus.OK, content_type, text, _with_common(headers or {}))


def empty_response() -> Response[str]:
    """204: done, and there is nothing to say."""
    return Response(HTTPStatus.NO_CONTENT, body="", headers=_with_common({}))


def not_modified_response(headers: dict[str, str]) -> Response[str]:
    """304: the caller has the answer already, whose headers these are."""
    return Response(HTTPStatus.NOT_MODIFIED, body="", headers=_with_common(headers))


def _with_common(headers: dict[str, str]) -> dict[str, str | list[str]]:
    return {**COMMON_HEADERS, **cors_headers(), **headers}
