"""What the API answers, as the client's tests script it."""

from __future__ import annotations

import json
from base64 import b32encode
from typing import Any

from tests.loopback import Answer, reply, reply_json

USER_ID = "ada@example.com"
TOKEN = f"wfe_{b32encode(USER_ID.encode()).decode().rstrip('=').lower()}_{'0' * 16}_{'a' * 64}"
EXECUTION_ID = "0199d1a0-0000-7000-8000-000000000001"
WORKFLOW_ID = "0199d1a0-0000-7000-8000-00000000000f"

USER = reply_json(
    200,
    {
        "user_id": USER_ID,
        "role": "user",
        "tier": "standard",
        "created_at": "2026-02-23T16:30:05.000Z",
        "tokens": [
            {
                "token_id": "0" * 16,
                "name": "laptop",
                "created_at": "2026-02-23T16:30:05.000Z",
                "expires_at": "2026-05-24T16:30:05.000Z",
                "last_used_on": None,
            }
        ],
    },
)


def execution(status: str, nodes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The document of an execution."""
    has_ended = status in ("completed", "failed", "cancelled")
    return {
        "execution_id": EXECUTION_ID,
        "workflow_id": WORKFLOW_ID,
        "version": 1,
        "status": status,
        "started_at": "2026-02-23T16:30:05.000Z",
        "completed_at": "2026-02-23T16:30:08.200Z" if has_ended else None,
        "cancelled_at": None,
        "paused_at": None,
        "attempt": 1,
        "nodes": nodes or {},
        **more,
    }


def node(status: str, type_: str = "transform", **more: Any) -> dict[str, Any]:
    return {"type": type_, "status": status, **more}


def line(message: str, node_id: str | None = "greet", level: str = "INFO", **fields: Any) -> dict[str, Any]:
    """The document of a log line."""
    entry: dict[str, Any] = {
        "timestamp": "2026-02-23T16:30:05.123Z",
        "level": level,
        "node_id": node_id,
        "message": message,
    }
    return {**entry, "fields": fields} if fields else entry


def log(*lines: dict[str, Any], cursor: str | None = "next") -> Answer:
    """A page of a log."""
    page = {
        "execution_id": EXECUTION_ID,
        "workflow_id": WORKFLOW_ID,
        "total_logs": len(lines),
        "logs": list(lines),
        "limit": 1000,
        "offset": 0,
        "next_cursor": cursor,
    }
    return reply_json(200, page)


def listed(noun: str, *items: dict[str, Any], total: int | None = None, cursor: str | None = None) -> Answer:
    """A page of a list."""
    count = len(items) if total is None else total
    page = {noun: list(items), "total": count, "limit": 50, "offset": 0, "next_cursor": cursor}
    return reply_json(200, page)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    document = {
        "type": "about:blank",
        "title": "No",
        "status": status,
        "detail": detail,
        "instance": "/",
        "error_code": "no",
        **more,
    }
    types = {"Content-Type": "application/problem+json", **(headers or {})}
    return reply(status, json.dumps(document).encode(), types)
