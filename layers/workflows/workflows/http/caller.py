"""Who calls, as the authorizer found out."""

from __future__ import annotations

from typing import cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from workflows.domain.access import Caller, Role

EXECUTION_SECRET_HEADER = "X-Execution-Secret"  # noqa: S105 (the header's name)


def caller(app: APIGatewayRestResolver) -> Caller:
    """The caller of the current request."""
    context = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    headers = app.current_event.headers
    return Caller(
        role=cast(Role, context.get("role") or "anonymous"),
        user_id=context.get("user_id") or None,
        execution_secret=headers.get(EXECUTION_SECRET_HEADER),
    )
