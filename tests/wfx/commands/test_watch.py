"""A watched execution, as a pipe and as a terminal show it, and the exit code of each end."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Answer, Server, reply, reply_json
from tests.wfx.answers import EXECUTION_ID, execution, line, log, node, problem
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]
UNCHANGED = reply(304)
WFX = (sys.executable, "-c", "from wfx.app import main; main()")
ASKED = {"message": "May it go on?", "approvers": ["ada", "bob"], "form": None}


def state(*arguments: Any, **more: Any) -> Answer:
    return reply_json(200, execution(*arguments, **more))


def test_changes_come_line_by_line_with_the_log_between_them(run: Run, logged_in: LogIn) -> None:
    server = logged_in(
        state("running", {"greet": node("running", tries=1), "end": node("pending")}),
        log(line("said hello", name="Ada")),
        state("completed", {"greet": node("completed", tries=2), "end": node("skipped")}, result={"a": 1}),
        log(line("the end", node_id=None)),
        log(),
        UNCHANGED,
    )
    ran = run("watch", EXECUTION_ID)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"execution {EXECUTION_ID} running",
        "node greet running",
        '[2026-02-23T16:30:05Z] INFO [greet] - said hello name="Ada"',
        "node greet completed (try 2)",
        "node end skipped",
        f"execution {EXECUTION_ID} completed in 3.2 s",
        "[2026-02-23T16:30:05Z] INFO [execution] - the end",
        "result {",
        '  "a": 1',
        "}",
    ]
    assert [seen.path.removeprefix(f"/v1/executions/{EXECUTION_ID}") for seen in server.seen] == [
        "",
        "/logs?wait_seconds=1.0",
        "",
        "/logs?cursor=next&wait_seconds=1.0",
        "/logs?cursor=next&wait_seconds=1.0",
        "",
    ]


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("failed", 1), ("cancelled", 3)])
def test_exit_code_is_of_the_end(run: Run, logged_in: LogIn, status: str, code: int) -> None:
    logged_in(state(status), log(cursor=None), state(status))
    assert run("watch", EXECUTION_ID).code == code


def test_failure_says_what_failed_and_what_helps(run: Run, logged_in: LogIn) -> None:
    error = {"code": "http_status", "message": "it answered 500", "node_id": "ship"}
    nodes = {"ship": node("failed", "http", error=error)}
    logged_in(state("failed", nodes, error=error), log(cursor=None), UNCHANGED)
    ran = run("watch", EXECUTION_ID)
    assert "node ship failed (http_status: it answered 500)" in ran.out
    assert f"; once it is mended: wfx retry {EXECUTION_ID}" in ran.out
    assert ran.out.endswith("error ship: http_status: it answered 500\n")


def test_pause_and_question_are_told_once_and_it_goes_on(run: Run, logged_in: LogIn) -> None:
    asking = {"ask": node("waiting", "approval", approval=ASKED)}
    logged_in(
        state("running", asking),
        log(),
        state("running", asking, labels=["changed"]),
        log(),
        state("paused", asking),
        log(),
        state("completed", {"ask": node("completed", "approval", branch="approved")}),
        log(cursor=None),
        UNCHANGED,
    )
    ran = run("watch", EXECUTION_ID)
    assert ran.code == 0
    assert ran.out.count("ask asks: May it go on? (ada, bob may answer)") == 1
    assert f"  wfx answer {EXECUTION_ID} ask approved|rejected\n" in ran.out
    assert ran.out.count(f"execution {EXECUTION_ID} paused; to go on: wfx resume {EXECUTION_ID}") == 1
    assert "node ask completed (-> approved)" in ran.out


def test_question_of_an_iteration_is_told_with_its_path(
    run: Run, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wfx.watching._LOOPS_SECONDS", 0)
    looping = state("running", {"each": node("running", "loop", iterations=3)})
    logged_in(
        looping,
        log(),
        looping,
        reply_json(200, {"waiting": [{"path": "each[2]/", "node_id": "ask"}]}),
        reply_json(200, {"approval": {**ASKED, "approvers": []}}),
        log(),
        state("cancelled", {"each": node("cancelled", "loop")}),
        log(cursor=None),
        UNCHANGED,
    )
    ran = run("watch", EXECUTION_ID)
    assert ran.code == 3
    assert "node each running (3 iterations)" in ran.out
    assert "each[2]/ask asks: May it go on?\n" in ran.out
    assert f"  wfx answer {EXECUTION_ID} ask approved|rejected --path 'each[2]/'\n" in ran.out


def test_who_may_see_the_status_alone_watches_that(run: Run, logged_in: LogIn) -> None:
    public = {name: value for name, value in execution("running").items() if name != "nodes"}
    server = logged_in(
        reply_json(200, public),
        problem(403, "you may not read its logs"),
        reply_json(200, {**public, "status": "completed"}),
        reply_json(200, {**public, "status": "completed"}),
    )
    ran = run("watch", EXECUTION_ID)
    assert (ran.code, ran.err) == (0, "")
    assert [seen.path.rsplit("/", 1)[-1] for seen in server.seen][2:] == [
        f"{EXECUTION_ID}?wait_seconds=1.0",
        EXECUTION_ID,
    ]


def test_json_is_the_execution_each_time_it_changes(run: Run, logged_in: LogIn) -> None:
    tagged = reply(200, b'{"status": "running", "a": 1.50}', {"ETag": '"1"'})
    server = logged_in(tagged, UNCHANGED, state("failed"), UNCHANGED)
    ran = run("watch", EXECUTION_ID, "--json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0] == '{"status": "running", "a": 1.50}'
    assert [document["status"] for document in ran.documents] == ["running", "failed"]
    assert [seen.headers["If-None-Match"] for seen in server.seen] == [None, '"1"', '"1"', None]
    assert not [seen for seen in server.seen if "/logs" in seen.path]


@pytest.mark.parametrize(
    "answer", [problem(404, "no such execution"), problem(500, "broken"), reply(200, b"<html>")]
)
def test_no_execution_is_an_error_in_a_line(run: Run, logged_in: LogIn, answer: Answer) -> None:
    logged_in(answer)
    ran = run("watch", EXECUTION_ID)
    assert (ran.code in (2, 4), ran.out) == (True, "")
    assert re.fullmatch(r"error: .*\n", ran.err)


def test_terminal_shows_nodes_in_place_below_the_log(run: Run, logged_in: LogIn, home: Path) -> None:
    evil = "\x1b]0;owned\x07\x9b2J[red]"
    logged_in(
        state(
            "running", {"greet": node("running", tries=1), "ask": node("waiting", "approval", approval=ASKED)}
        ),
        log(line(f"said {evil}")),
        state("completed", {"greet": node("completed", tries=1), evil: node("completed")}, result=evil),
        log(cursor=None),
        UNCHANGED,
    )
    code, shown = in_terminal(home, "watch", EXECUTION_ID)
    assert code == 0
    # The cursor is hidden meanwhile, and shown again.
    assert "\x1b[?25l" in shown
    assert "\x1b[?25h" in shown
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "ask asks: May it go on?" in text
    assert r"said \x1b]0;owned\x07\x9b2J[red]" in text
    assert not re.search("\x1b\\]|\x07|\x9b", shown)
    last = text[text.rindex("completed in 3.2 s") :]
    assert "greet" in last
    assert "running" not in last
    assert r'result "\u001b]0;owned\u0007\u009b2J[red]"' in last


def test_interrupt_leaves_the_execution_running(run: Run, logged_in: LogIn, home: Path) -> None:
    logged_in(state("running", {"greet": node("running")}))
    watching = subprocess.Popen(
        [*WFX, "watch", EXECUTION_ID, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert watching.stdout
    assert watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=60)
    assert watching.returncode == 130
    assert err == f"the execution goes on: wfx watch {EXECUTION_ID}, or wfx cancel {EXECUTION_ID}\n"


def in_terminal(home: Path, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal of its own; returns its exit code and all that it wrote."""
    terminal, other_end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        [*WFX, *arguments], stdin=other_end, stdout=other_end, stderr=other_end, env=environment
    )
    os.close(other_end)
    written = b""
    while piece := _read(terminal):
        written += piece
    os.close(terminal)
    return process.wait(timeout=60), written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        # On Linux this is how a terminal says that its other end is closed.
        return b""
