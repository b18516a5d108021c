"""The formats in which graphs are drawn, and their media types."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from workflows.domain.errors import TooLarge
from workflows.services.graphs import picture_style

GraphFormat = Literal["svg", "mermaid", "json"]

GRAPH_TYPES: Mapping[GraphFormat, str] = {
    "svg": "image/svg+xml; charset=utf-8",
    # https://www.iana.org/assignments/media-types/text/vnd.mermaid
    "mermaid": "text/vnd.mermaid; charset=utf-8",
    "json": "application/json",
}

_MAX_BYTES = 5_900_000
"""Lambda answers 6 MB at most, in which the body is JSON text once more."""

_STYLE_HASH = b64encode(sha256(picture_style().encode()).digest()).decode()

SVG_HEADERS = {
    # Its own style sheet, and still no script.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    ),
    "Vary": "Accept",
}


def format_of(accept: str | None) -> GraphFormat:
    """The first format that an `Accept` header names; SVG where it names none."""
    for part in (accept or "").split(","):
        media_type = part.partition(";")[0].strip().lower()
        for name, known in GRAPH_TYPES.items():
            if known.partition(";")[0] == media_type:
                return name
    return "svg"


def fitting(answer: Response[str]) -> Response[str]:
    """The answer, if it is not too large to be given: thousands of edges with long names are."""
    if len(json.dumps(answer.body)) > _MAX_BYTES:
        raise TooLarge("the graph is larger in this format than an answer may be; mermaid takes the least")
    return answer
