"""The Idempotency-Key header (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import re

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from workflows.domain.errors import Malformed, Problem

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(app: APIGatewayRestResolver) -> str | None:
    """The current request's key, quotes around it aside; None where it has none.

    Raises:
        Malformed: It is empty, longer than 255 characters, or not printable ASCII.
    """
    given = app.current_event.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip().strip('"')
    if not _KEY.fullmatch(key):
        detail = "must be 1 to 255 characters of printable ASCII, without spaces"
        raise Malformed(f"{HEADER} {detail}", problems=(Problem(HEADER, detail),))
    return key
