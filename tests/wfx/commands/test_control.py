"""Executions are controlled and answered, reports opened, secrets kept."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Callable

import pytest

from tests.loopback import Server, reply, reply_json
from tests.wfx.answers import EXECUTION_ID, problem
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume", "retry"])
def test_execution_is_controlled(run: Run, logged_in: LogIn, verb: str) -> None:
    server = logged_in(reply_json(200, {"execution_id": EXECUTION_ID, "status": "running"}))
    assert run(verb, EXECUTION_ID).out == f"execution {EXECUTION_ID} running\n"
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("POST", f"/v1/executions/{EXECUTION_ID}/{verb}", b"")


@pytest.mark.parametrize(("verb", "tries"), [("cancel", 2), ("pause", 2), ("resume", 1), ("retry", 1)])
def test_control_is_sent_again_where_that_does_the_same(
    run: Run, logged_in: LogIn, verb: str, tries: int
) -> None:
    done = reply_json(200, {"execution_id": EXECUTION_ID, "status": "running"})
    server = logged_in(problem(503, "busy", {"Retry-After": "0"}), done)
    run(verb, EXECUTION_ID)
    assert len(server.seen) == tries


@pytest.mark.parametrize("execution_id", ["", ".", ".."])
def test_id_that_would_cancel_all_is_refused(run: Run, logged_in: LogIn, execution_id: str) -> None:
    server = logged_in(reply_json(200, {}))
    assert run("cancel", execution_id).code == 2
    assert server.seen == []


def test_what_cannot_be_done_is_refused(run: Run, logged_in: LogIn) -> None:
    logged_in(problem(409, "the execution has ended"))
    ran = run("pause", EXECUTION_ID)
    assert (ran.code, ran.err) == (2, "error: 409 No: the execution has ended\n")


def test_approval_is_answered(run: Run, logged_in: LogIn) -> None:
    answered = {
        "execution_id": EXECUTION_ID,
        "node_id": "each[3]/ask",
        "status": "completed",
        "decision": "approved",
    }
    server = logged_in(reply_json(200, answered))
    ran = run("answer", EXECUTION_ID, "ask", "approved", "--data", '{"comment": "ok"}', "--path", "each[3]/")
    assert ran.out == "node each[3]/ask completed: approved\n"
    (seen,) = server.seen
    assert seen.path == f"/v1/executions/{EXECUTION_ID}/nodes/ask/complete"
    assert json.loads(seen.body) == {"decision": "approved", "data": {"comment": "ok"}, "path": "each[3]/"}


def test_answer_is_one_of_two_and_its_data_json(run: Run, logged_in: LogIn) -> None:
    server = logged_in(reply_json(200, {}))
    assert run("answer", EXECUTION_ID, "ask", "perhaps").code == 2
    ran = run("answer", EXECUTION_ID, "ask", "approved", "--data", "{comment}")
    assert (ran.code, ran.err.startswith("error: --data: not JSON")) == (2, True)
    assert server.seen == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links that a browser was told to open. There is none to open them in."""
    links: list[str] = []

    def open_link(url: str) -> bool:
        links.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_link)
    return links


def test_report_is_opened_or_its_link_printed(run: Run, logged_in: LogIn, opened: list[str]) -> None:
    url = "https://s3.example.com/report.html?signature=1"
    server = logged_in(reply(302, json.dumps({"report_url": url}).encode(), {"Location": url}))
    ran = run("open", EXECUTION_ID)
    assert (ran.code, ran.out, opened) == (0, "", [url])
    assert server.seen[0].path == f"/v1/executions/{EXECUTION_ID}/report"
    assert run("open", EXECUTION_ID, "--print").out == f"{url}\n"
    assert run("open", EXECUTION_ID, "--json").documents == [{"report_url": url}]
    assert opened == [url]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "http://example.com/", ""])
def test_browser_opens_nothing_but_https(run: Run, logged_in: LogIn, opened: list[str], url: str) -> None:
    logged_in(reply(302, b"{}", {"Location": url}))
    assert run("open", EXECUTION_ID).code == 2
    assert opened == []


def test_secret_is_read_from_stdin_and_printed_nowhere(run: Run, logged_in: LogIn) -> None:
    server = logged_in(reply_json(201, {"name": "shop_key", "updated_at": "2026-02-23T16:30:05.000Z"}))
    ran = run("secrets", "set", "shop_key", stdin=b" s3cret value \n")
    assert (ran.code, ran.out, ran.err) == (0, "made: secret shop_key\n", "")
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("PUT", "/v1/secrets/shop_key")
    assert json.loads(seen.body) == {"value": " s3cret value "}
    assert run("secrets", "set", "shop_key", "a-value").code == 2


@pytest.mark.parametrize("value", [b"", b"\n", b"\r\n", b"\xff"])
def test_secret_needs_a_value(run: Run, logged_in: LogIn, value: bytes) -> None:
    server = logged_in(reply_json(201, {}))
    assert run("secrets", "set", "shop_key", stdin=value).code == 2
    assert server.seen == []


def test_secrets_are_listed_and_deleted(run: Run, logged_in: LogIn) -> None:
    secret = {"name": "shop_key", "updated_at": "2026-02-23T16:30:05.000Z"}
    server = logged_in(reply_json(200, {"secrets": [secret], "total": 1}), reply(204))
    assert run("secrets", "list").out.splitlines()[1].split() == ["shop_key", "2026-02-23", "16:30:05"]
    assert run("secrets", "rm", "shop_key").out == "deleted: secret shop_key\n"
    assert run("secrets", "rm", "shop_key", "--json").out == ""
    assert (server.seen[1].method, server.seen[1].path) == ("DELETE", "/v1/secrets/shop_key")
