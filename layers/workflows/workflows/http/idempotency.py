"""The Idempotency-Key header (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import re

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from workflows.domain.errors import Malformed, Problem

IDEMPOTENCY_KEY = "Idempotency-Key"
KEY_PATTERN = r"[\x21-\x7e]{1,255}"
_KEY = re.compile(KEY_PATTERN)


def idempotency_key(app: APIGatewayRestResolver) -> str | None:
    """The current request's key, quotes around it aside; None where it has none.

    Raises:
        Malformed: It is empty, longer than 255 characters, or not printable ASCII.
    """
    given = app.current_event.headers.get(IDEMPOTENCY_KEY)
    if given is None:
        return None
    key = given.strip().strip('"')
    if not _KEY.fullmatch(key):
        detail = "must be 1 to 255 characters of printable ASCII, without spaces"
        raise Malformed(f"{IDEMPOTENCY_KEY} {detail}", problems=(Problem(IDEMPOTENCY_KEY, detail),))
    return key
