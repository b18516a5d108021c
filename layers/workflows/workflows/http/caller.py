"""Who calls, as the authorizer found out."""

from __future__ import annotations

from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from workflows.domain.access import Caller, Role, Tier

EXECUTION_SECRET_HEADER = "X-Execution-Secret"  # noqa: S105 (the header's name)


def caller(app: APIGatewayRestResolver) -> Caller:
    """The caller of the current request."""
    return caller_of(app.current_event.raw_event).with_secret(
        app.current_event.headers.get(EXECUTION_SECRET_HEADER)
    )


def caller_of(event: dict[str, Any]) -> Caller:
    """The caller of a request, as the authorizer put it into the event."""
    request = event["requestContext"]
    context = request.get("authorizer") or {}
    return Caller(
        role=cast(Role, context.get("role") or "anonymous"),
        user_id=context.get("user_id") or None,
        tier=cast(Tier, context.get("tier") or "anonymous"),
        address=request["identity"]["sourceIp"],
    )
