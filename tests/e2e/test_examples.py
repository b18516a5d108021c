"""Examples on the deployed template that no other test executes, with good, bad and hostile input."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.engine import REPOSITORY
from tests.e2e.users import User

KEY = "a key of the shop"
REPORT = b"%PDF-1.7 " + bytes(range(256))


def example(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads((REPOSITORY / "examples" / f"{name}.json").read_text())
    return definition


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, "Thank you"),
        (20, "You may have forgotten 20"),
        (250, {"items": [{"part": n, "left": 250 - 100 * n} for n in (1, 2, 3)], "count": 3, "failed": 0}),
    ],
)
def test_reminder_waits_and_goes_by_what_is_open(owner: User, amount: int, expected: Any) -> None:
    workflow_id = owner.save(example("payment-reminder"))
    execution = owner.ended(owner.execute(workflow_id, open_amount=amount, wait_seconds=0.2))
    assert (execution["status"], execution["result"]) == ("completed", expected)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"open_amount": 20, "wait_seconds": -1}, "delay_invalid"),
        ({"open_amount": 20, "wait_seconds": 1e300}, "delay_invalid"),
        ({"open_amount": 1e300, "wait_seconds": 0}, "loop_too_long"),
    ],
)
def test_reminder_that_cannot_be_fails(owner: User, inputs: dict[str, Any], code: str) -> None:
    workflow_id = owner.save(example("payment-reminder"))
    execution = owner.ended(owner.execute(workflow_id, **inputs))
    assert (execution["status"], execution["error"]["code"]) == ("failed", code)
    refused = owner("POST", f"/workflows/{workflow_id}/execute", {"inputs": {**inputs, "open_amount": "20"}})
    assert refused.status == 422


class Shop(BaseHTTPRequestHandler):
    """Two pages of orders, and a printed report, for who has the key."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        page: dict[str, object] = {"orders": [{"id": "c"}], "next_cursor": None}
        if "cursor" not in query:
            page = {"orders": [{"id": "a"}, {"id": "b"}], "next_cursor": "next"}
        self._answer("application/json", json.dumps(page).encode())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form == {"format": ["pdf"], "order": ["a", "b", "c"]}
        self._answer("application/pdf", REPORT if good else b"wrong form")

    def _answer(self, content_type: str, body: bytes) -> None:
        has_key = self.headers["Authorization"] == f"Bearer {KEY}"
        self.send_response(200 if has_key else 401)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def test_orders_come_page_by_page_and_the_report_as_a_file(
    owner: User, other: User, call: Callable[..., Any], loopback_server: Callable[..., str]
) -> None:
    base_url = loopback_server(Shop)
    for user in (owner, other):
        key = KEY if user is owner else "the key of another"
        assert user("PUT", "/secrets/shop_key", {"value": key}).status in (200, 201)
    definition = {**example("paged-report"), "variables": {"base_url": base_url}}
    execution_id = owner.execute(owner.save(definition))
    execution = owner.ended(execution_id)
    assert execution["status"] == "completed", execution["error"]
    assert execution["result"]["orders"] == 3
    (file,) = owner("GET", f"/executions/{execution_id}/nodes/report").json()["files"]
    assert file["bytes"] == len(REPORT)
    assert KEY not in json.dumps(execution)
    execution = other.ended(other.execute(other.save(definition)))
    assert (execution["status"], execution["error"]["code"]) == ("failed", "http_status")
    hostile = {**example("paged-report"), "variables": {"base_url": "http://169.254.169.254/latest"}}
    execution = owner.ended(owner.execute(owner.save(hostile)))
    assert execution["error"]["code"] == "http_address_forbidden"
