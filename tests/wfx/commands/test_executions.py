"""Lists of executions, and one of them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.loopback import Server, reply_json
from tests.wfx.answers import EXECUTION_ID, WORKFLOW_ID, execution, line, listed, node, problem
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]


def test_list_shows_whole_ids_in_a_pipe(run: Run, logged_in: LogIn) -> None:
    logged_in(listed("executions", execution("running"), execution("completed")))
    ran = run("list")
    assert ran.code == 0
    header, running, completed = ran.out.splitlines()
    assert header.split()[:2] == ["execution", "status"]
    assert running.split() == [EXECUTION_ID, "running", "2026-02-23", "16:30:05", WORKFLOW_ID]
    assert completed.split()[4:6] == ["3.2", "s"]


def test_filters_become_parameters(run: Run, logged_in: LogIn) -> None:
    server = logged_in(listed("executions"))
    run(
        *("list", "--status", "running", "--status", "paused", "--workflow", WORKFLOW_ID, "--label", "a b"),
        *("--since", "2026-02-01T00:00:00+01:00", "--until", "2026-02-02T00:00:00Z", "--limit", "7"),
    )
    assert parse_qs(urlsplit(server.seen[0].path).query) == {
        "status": ["running", "paused"],
        "workflow_id": [WORKFLOW_ID],
        "label": ["a b"],
        "started_after": ["2026-02-01T00:00:00+01:00"],
        "started_before": ["2026-02-02T00:00:00Z"],
        "limit": ["7"],
    }


def test_workflow_is_found_by_name_to_list_its_executions(run: Run, logged_in: LogIn) -> None:
    server = logged_in(listed("workflows", {"workflow_id": "w-1", "name": "Report"}), listed("executions"))
    assert run("list", "--workflow", "Report").code == 0
    assert "workflow_id=w-1" in server.seen[1].path


def test_pages_are_read_until_the_limit(run: Run, logged_in: LogIn) -> None:
    found = execution("completed")
    sizes = {"c1": 100, "c2": 100, "c3": 50}
    server = logged_in(
        *(listed("executions", *[found] * size, total=500, cursor=cursor) for cursor, size in sizes.items())
    )
    ran = run("list", "--limit", "250", "--json")
    assert [seen.path.partition("?")[2] for seen in server.seen] == [
        "limit=100",
        "limit=100&cursor=c1",
        "limit=50&cursor=c2",
    ]
    assert [len(page["executions"]) for page in ran.documents] == [100, 100, 50]
    assert ran.err == "250 of 500\n"


def test_list_that_goes_on_says_so(run: Run, logged_in: LogIn) -> None:
    logged_in(listed("executions", execution("completed"), total=12, cursor="more"))
    assert run("list", "--limit", "1").err == "1 of 12\n"


@pytest.mark.parametrize("arguments", [("--status", "done"), ("--limit", "0"), ("--nonsense",), ("surplus",)])
def test_wrong_usage_asks_nobody(run: Run, logged_in: LogIn, arguments: tuple[str, ...]) -> None:
    server = logged_in(listed("executions"))
    ran = run("list", *arguments)
    assert (ran.code, ran.out, server.seen) == (2, "", [])


def test_show_tells_all_there_is(run: Run, logged_in: LogIn) -> None:
    nodes = {
        "each": node("completed", "loop", iterations=3, failed_iterations=1, tries=1),
        "wait": node("waiting", "delay", wakes_at="2026-02-23T17:00:00.000Z"),
        "call": node("running", "workflow", child_execution_id="child-1"),
    }
    document = execution(
        "running",
        nodes,
        inputs={"name": "Ada"},
        labels=["nightly", "a"],
        user_id="ada",
        latest_logs=[line("hello")],
    )
    logged_in(reply_json(200, document))
    ran = run("show", EXECUTION_ID)
    assert ran.code == 0
    for text in (
        "nightly, a",
        '"name": "Ada"',
        "3 iterations, 1 failed",
        "until 2026-02-23 17:00:00 UTC",
        "execution child-1",
        "[2026-02-23T16:30:05Z] INFO [greet] - hello",
    ):
        assert text in ran.out


def test_show_of_a_status_alone(run: Run, logged_in: LogIn) -> None:
    document = execution("completed")
    del document["nodes"]
    logged_in(reply_json(200, document))
    ran = run("show", EXECUTION_ID)
    assert (ran.code, "completed" in ran.out) == (0, True)


def test_large_values_are_links(run: Run, logged_in: LogIn) -> None:
    document = execution("completed", inputs_url="https://s3/inputs", result_url="https://s3/result")
    logged_in(reply_json(200, document))
    ran = run("show", EXECUTION_ID)
    assert "inputs https://s3/inputs\n" in ran.out
    assert "result https://s3/result\n" in ran.out


def test_json_is_what_came(run: Run, logged_in: LogIn) -> None:
    logged_in(reply_json(200, execution("completed", result="\x1b]0;x\x07")))
    ran = run("show", EXECUTION_ID, "--json")
    assert ran.documents == [execution("completed", result="\x1b]0;x\x07")]


def test_no_such_execution(run: Run, logged_in: LogIn) -> None:
    logged_in(problem(404, "there is no execution \x1b[31mx"))
    ran = run("show", "x", "--json")
    assert (ran.code, ran.out, ran.err) == (2, "", "error: 404 No: there is no execution \\x1b[31mx\n")
