"""The resolver that every API function is built on: one shape for answers, errors and logs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, get_origin
from urllib.parse import quote, unquote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from workflows.domain.errors import (
    Malformed,
    NotFound,
    Problem,
    RateLimited,
    TooLarge,
    UnsupportedMediaType,
    WorkflowError,
)
from workflows.http.audit import audit_answer
from workflows.http.json_body import read_json
from workflows.http.problem import PROBLEM_JSON, problem_document, problem_response
from workflows.http.rate_limits import rate_headers, usage_of
from workflows.http.response import json_response

_ANSWER_SECONDS = 2.0
"""Kept free to read and to send what was waited for."""

MAX_BODY_BYTES = 5 * 1024 * 1024

_JSON_TYPES = frozenset({"", "application/json", "text/json", "application/x-www-form-urlencoded"})

logger = Logger()


def build_resolver(*, validates: bool = True) -> APIGatewayRestResolver:
    """A resolver whose every error is a problem document.

    Args:
        validates: Whether its routes have a body or query parameters to check.
    """
    app = APIGatewayRestResolver(enable_validation=validates, json_body_deserializer=read_json)

    def refused(error: WorkflowError) -> Response[str]:
        return problem_response(error, app.current_event.path)

    def malformed(error: RequestValidationError) -> Response[str]:
        return refused(_malformed(error))

    def unsupported(_: RequestUnsupportedContentType) -> Response[str]:
        return refused(UnsupportedMediaType("the body must be application/json"))

    def not_found(_: NotFoundError) -> Response[str]:
        return refused(NotFound("there is no such resource"))

    def unexpected(error: Exception) -> Response[str]:
        logger.exception("unexpected error", exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        body = problem_document(
            status,
            "something went wrong on our side; it has been logged",
            "internal_error",
            app.current_event.path,
        )
        return json_response(status, body, content_type=PROBLEM_JSON)

    app.exception_handler(WorkflowError)(refused)
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(RequestUnsupportedContentType)(unsupported)
    app.exception_handler(Exception)(unexpected)
    app.not_found(not_found)
    return app


def handler(
    app: APIGatewayRestResolver, *, audits: bool = True
) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
    """The Lambda handler of an API function: answers, and logs a line that says so."""

    @logger.inject_lambda_context
    def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        _decode_path(event)
        _name_content_type(event)
        refusal = _refusal(event)
        answer = app.resolve(event, context) if refusal is None else _refused(event, refusal)
        if usage := usage_of(event):
            answer.setdefault("multiValueHeaders", {}).update(rate_headers(usage))
        if audits:
            audit_answer(event, answer)
        return answer

    return lambda_handler


def only_parameters(query: type[BaseModel]) -> Callable[..., Response[Any]]:
    """Middleware that refuses query parameters that are not fields of `query`."""

    def check(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
        given = app.current_event.resolved_query_string_parameters
        unknown = sorted(set(given) - set(query.model_fields))
        if unknown:
            known = ", ".join(query.model_fields)
            detail = f"is not a parameter here; {f'these are: {known}' if known else 'there is none'}"
            problems = tuple(Problem(name, detail) for name in unknown)
            raise Malformed(f"unknown query parameter: {', '.join(unknown)}", problems=problems)
        repeated = sorted(
            name for name, values in given.items() if len(values) > 1 and not _is_list(query, name)
        )
        if repeated:
            problems = tuple(Problem(name, "is given more than once") for name in repeated)
            raise Malformed(f"repeated query parameter: {', '.join(repeated)}", problems=problems)
        return next_middleware(app)

    return check


def patience_seconds(app: APIGatewayRestResolver, wanted: float) -> float:
    """How long a caller may wait for something: as wanted, short of the function's own end."""
    left: float = app.lambda_context.get_remaining_time_in_millis() / 1000
    return max(0.0, min(wanted, left - _ANSWER_SECONDS))


def location(app: APIGatewayRestResolver, *segments: str) -> str:
    """Another resource's place, for a Location header.

    It is relative to the request (RFC 9110, 10.2.2), as only the caller knows what stands before the
    resource: a stage, a custom domain's base path, a proxy's.
    """
    resource: str = app.current_event.raw_event["resource"]
    depth = resource.count("/") - 1
    return "../" * depth + "/".join(quote(segment, safe="") for segment in segments)


def _is_list(query: type[BaseModel], name: str) -> bool:
    return get_origin(query.model_fields[name].annotation) is list


def _decode_path(event: dict[str, Any]) -> None:
    """Let routes and audit lines have ids as they are: API Gateway hands paths on as they were sent."""
    event["path"] = unquote(event["path"])
    parameters = event["pathParameters"] or {}
    event["pathParameters"] = {name: unquote(value) for name, value in parameters.items()} or None


def _name_content_type(event: dict[str, Any]) -> None:
    """Let the validation take bodies for JSON, also those of curl's default type; and refuse all others."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    given = headers.get("content-type") or ""
    media_type = given.split(";")[0].strip().lower()
    is_json = media_type in _JSON_TYPES or media_type.endswith("+json")
    event["headers"] = headers | {"content-type": "application/json" if is_json else "unsupported"}
    event["multiValueHeaders"] = None


def _refusal(event: dict[str, Any]) -> WorkflowError | None:
    """Why a request is not worth reading: the resolver would parse and check it before any middleware."""
    usage = usage_of(event)
    if usage is not None and usage.is_exceeded:
        detail = (
            f"at most {usage.limit} requests to {usage.policy} a minute: try again in {usage.reset_seconds} s"
        )
        return RateLimited(detail, usage.reset_seconds)
    if len((event["body"] or "").encode()) > MAX_BODY_BYTES:
        return TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    return None


def _refused(event: dict[str, Any], error: WorkflowError) -> dict[str, Any]:
    response = problem_response(error, event["path"])
    headers = {name: [str(value)] for name, value in response.headers.items()}
    return {"statusCode": response.status_code, "multiValueHeaders": headers, "body": response.body}


def _malformed(error: RequestValidationError) -> Malformed:
    problems = tuple(_problem(found) for found in error.errors())
    return Malformed("; ".join(f"{p.pointer or 'body'}: {p.detail}" for p in problems), problems=problems)


def _problem(found: dict[str, Any]) -> Problem:
    place, *path = found["loc"]
    detail = str(found["msg"]).removeprefix("Value error, ")
    if place == "body":
        return Problem("".join(f"/{_escape(str(part))}" for part in path), detail)
    # Of ("query", <the handler's argument>, <the parameter>, <its index>).
    return Problem(str((path[1:] or path or [place])[0]), detail)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
