"""Goes through the pages of an answer: what an `http` node's `pagination` asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workflows.adapters.outbound_hop import for_any_origin
from workflows.adapters.outbound_http import OutboundRequest, OutboundResponse
from workflows.adapters.outbound_target import parse_target
from workflows.domain.errors import NodeError
from workflows.domain.payload import MAX_BYTES, encode
from workflows.domain.web_link import next_link
from workflows.runtime.http_request import as_text, pairs_of
from workflows.runtime.node import NodeContext

Page = dict[str, Any]
"""`{status, headers, body}`, which the expressions of `pagination` may name as `page`."""


@dataclass
class Pages:
    """The pages of one node, asked for one after another.

    Attributes:
        fetch: Sends a request, and gives the response with what is read of its body.
        most_bytes: How large all bodies together may be.
    """

    context: NodeContext
    first: OutboundRequest
    fetch: Callable[[OutboundRequest, int], tuple[OutboundResponse, Page]]
    most_bytes: int
    _seen: set[str] = field(default_factory=set)

    def read(self) -> dict[str, Any]:
        """All items, the last page's status and headers, and how many pages there were.

        Raises:
            NodeError: A page could not be had; they lead round (`http_pagination_loop`), or are too large.
        """
        items: list[Any] = []
        request, left, number = self.first, self.most_bytes, 0
        room = MAX_BYTES
        while True:
            number += 1
            self._see(request)
            response, page = self.fetch(request, left)
            left -= len(response.body)
            found = self._items(page)
            room -= len(encode(found))
            if room < 0:
                detail = f"pagination: the items have more than {MAX_BYTES} bytes"
                raise NodeError("http_pages_too_large", detail)
            items += found
            following = self._following(response, page, number + 1)
            if following is None or number == self._config["max_pages"]:
                break
            request = following
        return {
            "status": page["status"],
            "headers": page["headers"],
            "body": items,
            "pages": number,
            "is_complete": following is None,
        }

    @property
    def _config(self) -> Mapping[str, Any]:
        config: Mapping[str, Any] = self.context.node.config["pagination"]
        return config

    def _see(self, request: OutboundRequest) -> None:
        try:
            url = parse_target(request.url, request.query).url
        except ValueError as reason:
            raise NodeError("http_url_invalid", f"The URL {reason}") from None
        if url in self._seen:
            raise NodeError("http_pagination_loop", "pagination: a page leads back to one that has been read")
        self._seen.add(url)

    def _items(self, page: Page) -> list[Any]:
        items = self._resolve("items", page)
        if items is None:
            return []
        # A path that leads to a list of one gives, in JSONata, the one.
        return items if isinstance(items, list) else [items]

    def _following(self, response: OutboundResponse, page: Page, number: int) -> OutboundRequest | None:
        if "next_query" in self._config:
            found: dict[str, Any] = self._resolve("next_query", page)
            if any(value is None or value == "" for value in found.values()):
                return None
            kept = [(name, value) for name, value in self.first.query if name not in found]
            following = replace(self.first, query=(*kept, *pairs_of(found)))
        else:
            url = self._next_url(page)
            if not url:
                return None
            following = self._at(url, response.url)
        return self._numbered(following, number)

    def _next_url(self, page: Page) -> str | None:
        if "next_url" not in self._config:
            return next_link(page["headers"].get("link", ""))
        return as_text(self._resolve("next_url", page))

    def _at(self, url: str, base: str) -> OutboundRequest:
        """The request for a page: what proves who asks goes to the same origin alone."""
        try:
            here, there = parse_target(self.first.url), parse_target(url, base=base)
        except ValueError as reason:
            raise NodeError("http_url_invalid", f"The URL of the next page {reason}") from None
        if here.scheme == "https" and there.scheme == "http":
            raise NodeError("http_url_invalid", "The URL of the next page leads from https to http")
        if here.origin != there.origin:
            return replace(
                self.first, url=there.url, query=(), headers=for_any_origin(self.first.headers), body=None
            )
        return replace(self.first, url=there.url, query=self._auth_query(there.query))

    def _auth_query(self, query: str) -> tuple[tuple[str, str], ...]:
        """The parameter that proves who asks, where the URL of a page does not have it already."""
        auth = self.context.node.config.get("auth")
        if auth is None or auth["type"] != "query":
            return ()
        name = auth["name"]
        has_it = any(part.partition("=")[0] == name for part in query.split("&"))
        return () if has_it else tuple(pair for pair in self.first.query if pair[0] == name)

    def _numbered(self, request: OutboundRequest, number: int) -> OutboundRequest:
        """Each page is a request of its own, so that its key must not be another's."""
        key = self.context.idempotency_key
        return replace(
            request,
            headers={
                name: f"{key}/page-{number}" if value == key else value
                for name, value in request.headers.items()
            },
        )

    def _resolve(self, name: str, page: Page) -> Any:
        return self.context.resolve(self._config[name], f"pagination.{name}", {"page": page})
