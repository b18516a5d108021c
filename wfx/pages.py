"""Lists, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfx.api import Answer, Api

_PAGE = 100
"""The API gives no more at once."""


def pages(api: Api, path: str, params: Mapping[str, Any], limit: int) -> Iterator[Answer]:
    """The pages of a list, until they hold `limit` items, or all."""
    cursor = None
    while limit > 0:
        page = api.get(path, {**params, "limit": min(limit, _PAGE), "cursor": cursor})
        yield page
        cursor = page.document["next_cursor"]
        if cursor is None:
            return
        limit -= _PAGE
