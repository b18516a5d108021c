"""The request that an `http` node's config describes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from workflows.adapters.outbound_http import OutboundRequest
from workflows.domain.errors import NodeError
from workflows.domain.payload import encode
from workflows.runtime.masks import names_secret
from workflows.runtime.node import NodeContext

_FORM_TYPE = "application/x-www-form-urlencoded"


def build_request(context: NodeContext) -> OutboundRequest:
    """The request, its credentials masked in the node's log and errors.

    Raises:
        NodeError: An expression failed, or gave what the request cannot be made of.
    """
    body, content_type = _body(context)
    headers = {name: as_text(value) for name, value in _object(context, "headers").items()}
    query = pairs_of(_object(context, "query"))
    _mask(context, (*headers.items(), *query))
    _authenticate(context, headers, query)
    given = {name.lower() for name in headers}
    if content_type is not None and "content-type" not in given:
        headers["Content-Type"] = content_type
    if "idempotency-key" not in given:
        headers["Idempotency-Key"] = context.idempotency_key
    return OutboundRequest(
        method=context.node.config["method"],
        url=as_text(context.field("url")),
        headers=headers,
        query=tuple(query),
        body=body,
    )


def pairs_of(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of a query or form; those of a list one by one, under the same name."""
    return [
        (name, as_text(part))
        for name, parts in value.items()
        for part in (parts if isinstance(parts, list) else [parts])
    ]


def as_text(value: Any) -> str:
    """A value as it stands in a URL or header: text as it is, null as nothing, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


def _body(context: NodeContext) -> tuple[bytes | None, str | None]:
    config = context.node.config
    if "json" in config:
        return encode(context.field("json")).encode(), "application/json"
    if "form" in config:
        return urlencode(pairs_of(_object(context, "form"))).encode(), _FORM_TYPE
    if "body" in config:
        return as_text(context.field("body")).encode(), None
    return None, None


def _object(context: NodeContext, name: str) -> dict[str, Any]:
    value = context.field(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NodeError("http_field_invalid", f"{name} is not an object")
    return value


def _authenticate(context: NodeContext, headers: dict[str, str], query: list[tuple[str, str]]) -> None:
    auth = context.node.config.get("auth")
    if auth is None:
        return
    match auth["type"]:
        case "bearer":
            headers["Authorization"] = f"Bearer {_secret(context, 'token')}"
        case "basic":
            headers["Authorization"] = _basic(context)
        case "header":
            headers[auth["name"]] = _secret(context, "value")
        case "query":
            query.append((auth["name"], _secret(context, "value")))


def _basic(context: NodeContext) -> str:
    user = as_text(context.resolve(_auth(context, "username"), "auth.username"))
    # RFC 7617, section 2.
    if ":" in user:
        raise NodeError("http_auth_invalid", "auth.username: it holds a colon")
    coded = base64.b64encode(f"{user}:{_secret(context, 'password')}".encode()).decode()
    context.log.masks.add(coded)
    return f"Basic {coded}"


def _secret(context: NodeContext, name: str) -> str:
    value = context.resolve(_auth(context, name), f"auth.{name}")
    if not isinstance(value, str) or not value:
        raise NodeError("http_auth_invalid", f"auth.{name}: it gives no text")
    context.log.masks.add(value)
    return value


def _auth(context: NodeContext, name: str) -> Any:
    return context.node.config["auth"][name]


def _mask(context: NodeContext, named: tuple[tuple[str, str], ...]) -> None:
    """Keep what are credentials, by their names, out of the log and of errors."""
    for name, value in named:
        if names_secret(name):
            context.log.masks.add(value)
            # Of "Bearer abc", what is secret is the second.
            context.log.masks.add(value.rpartition(" ")[2])
