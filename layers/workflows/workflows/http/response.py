"""Answers as JSON, with the headers that all of them carry."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from workflows.http.answer import Answer

COMMON_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def json_response(
    status: HTTPStatus,
    body: Answer | dict[str, Any],
    headers: dict[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Response[str]:
    """An answer with a JSON body."""
    text = json.dumps(body.to_json() if isinstance(body, Answer) else body)
    return Response(status, content_type, text, {**COMMON_HEADERS, **(headers or {})})


def empty_response() -> Response[str]:
    """204: done, and there is nothing to say."""
    return Response(HTTPStatus.NO_CONTENT, body="", headers={**COMMON_HEADERS})


def not_modified_response(headers: dict[str, str]) -> Response[str]:
    """304: the caller has the answer already, whose headers these are."""
    return Response(HTTPStatus.NOT_MODIFIED, body="", headers={**COMMON_HEADERS, **headers})
