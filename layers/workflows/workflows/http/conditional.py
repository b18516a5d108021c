"""Conditional reads (RFC 9110, 13): answers carry a tag, and who has the same already is told so by a 304."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from workflows.http.answer import Answer
from workflows.http.caller import EXECUTION_SECRET_HEADER
from workflows.http.response import json_response, not_modified_response, text_response

IF_NONE_MATCH = "If-None-Match"
_VARY = f"Authorization, {EXECUTION_SECRET_HEADER}"
"""What an answer depends on, beside its URL: who asks."""
_TAG_CHARACTERS = 32
_LISTED_TAG = re.compile(r'[ \t,]*(?:W/)?("[\x21\x23-\x7e\x80-\U0010ffff]*")[ \t]*(?:,[ \t,]*|$)')
"""RFC 9110, 8.8.3 and 5.6.1: a tag may hold commas, and a list empty elements."""


def conditional_response(
    app: APIGatewayRestResolver, answer: Answer, *, untagged: Collection[str] = (), fresh_seconds: int = 0
) -> Response[str]:
    """The answer with its tag; or a 304 without it, if the request names that tag.

    Args:
        untagged: Fields whose values are others each time, and which say nothing new.
        fresh_seconds: How long callers may take a copy for the answer without asking.
    """
    body = answer.to_json()
    tag = entity_tag({name: None if name in untagged else value for name, value in body.items()})
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={fresh_seconds}" if fresh_seconds else "private, no-cache",
        "Vary": _VARY,
    }
    if matches(app.current_event.headers.get(IF_NONE_MATCH), tag):
        return not_modified_response(headers)
    return json_response(HTTPStatus.OK, body, headers)


def conditional_text(
    app: APIGatewayRestResolver, text: str, content_type: str, headers: dict[str, str] | None = None
) -> Response[str]:
    """A text that is the same for everybody and each time, with its tag; or a 304 without it."""
    tagged = {**(headers or {}), "ETag": _text_tag(text), "Cache-Control": "private, no-cache"}
    if matches(app.current_event.headers.get(IF_NONE_MATCH), tagged["ETag"]):
        return not_modified_response(tagged)
    return text_response(text, content_type, tagged)


def entity_tag(body: dict[str, object]) -> str:
    """A strong tag: the same for the same body."""
    return _tag(json.dumps(body))


def _tag(text: str) -> str:
    return f'"{sha256(text.encode()).hexdigest()[:_TAG_CHARACTERS]}"'


# The page of the API's document has more than a megabyte.
_text_tag = lru_cache(maxsize=2)(_tag)


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names a tag, compared weakly (RFC 9110, 13.1.2).

    A header that cannot be read names none: the whole answer is never wrong.
    """
    given = (if_none_match or "").strip(" \t")
    if given == "*":
        return True
    found, end = False, 0
    while end < len(given):
        listed = _LISTED_TAG.match(given, end)
        if listed is None:
            return False
        found = found or listed[1] == tag
        end = listed.end()
    return found
