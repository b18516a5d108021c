"""Rate limits as callers see them (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

from typing import Any

from workflows.domain.rate_limits import WINDOW_SECONDS, Usage


def usage_of(event: dict[str, Any]) -> Usage | None:
    """What the authorizer counted of a request's rate; None where it could not, or was not asked."""
    return Usage.from_context(event["requestContext"].get("authorizer") or {})


def rate_headers(usage: Usage) -> dict[str, list[str]]:
    return {
        "RateLimit-Policy": [f'"{usage.policy}";q={usage.limit};w={WINDOW_SECONDS}'],
        "RateLimit": [f'"{usage.policy}";r={usage.remaining};t={usage.reset_seconds}'],
    }
