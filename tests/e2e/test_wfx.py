"""The command-line client on the deployed template, as a shell has it: processes, pipes and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from tests.e2e.things import ASKS, FAILS, WAITS

WFX = Path(sys.executable).with_name("wfx")
_END_SECONDS = 180
NAME = "Greeting by wfx"
GREETING = {
    "name": NAME,
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "greet", "type": "transform", "config": {"value": "Hello {{inputs.name}}"}},
        {"id": "end", "type": "end"},
    ],
    "edges": [{"source": "start", "target": "greet"}, {"source": "greet", "target": "end"}],
}
ASKS_IN_LOOP: dict[str, Any] = {
    "name": "asks in a loop",
    "nodes": [
        {
            "id": "each",
            "type": "loop",
            "config": {"items": [1], "body": {"nodes": [ASKS["nodes"][1]], "edges": []}},
        }
    ],
    "edges": [],
}


class Client:
    """The installed client, with a login of its own in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WFX_")}
        self._environment = {**kept, "XDG_CONFIG_HOME": str(home), "HOME": str(home)}

    def __call__(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """What a command prints, which must exit with `code`."""
        with self.started(*arguments) as process:
            out, err = process.communicate(stdin, timeout=_END_SECONDS)
        assert process.returncode == code, out + err
        assert "Traceback" not in err
        return out

    def json(self, *arguments: str, **options: Any) -> Any:
        """The one line of JSON that a command prints."""
        return json.loads(self(*arguments, "--json", **options))

    def save(self, definition: dict[str, Any]) -> str:
        workflow_id: str = self.json("save", "-", stdin=json.dumps(definition))["workflow_id"]
        return workflow_id

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on meanwhile."""
        process = subprocess.Popen(
            [WFX, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
            cwd=self.home,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def lines_until(process: subprocess.Popen[str], is_met: Callable[[str], bool]) -> list[str]:
    """The lines that a command prints, up to one."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if is_met(line):
            return lines
    assert process.stderr
    raise AssertionError(f"it ended before: {lines} {process.stderr.read()}")


def execution_of(line: str) -> str:
    """The id in `execution ID status`."""
    return line.split()[1]


@pytest.fixture(scope="module")
def wfx(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Client:
    client = Client(tmp_path_factory.mktemp("wfx"))
    client("login", stack.base_url, stdin=stack.tokens["owner"])
    return client


def test_login_is_whose_the_token_is(wfx: Client, stack: Stack) -> None:
    assert wfx.json("whoami")["user_id"] == "owner"
    wfx("login", stack.base_url, "--profile", "bad", stdin=f"{stack.tokens['owner']}0", code=2)
    wfx("list", "--profile", "bad", code=2)
    wfx("login", stack.base_url, "--profile", "spare", stdin=stack.tokens["admin"])
    assert wfx.json("whoami", "--profile", "spare")["role"] == "admin"
    wfx("logout", "--profile", "spare")


def test_greeting_is_saved_executed_by_name_and_watched_to_its_end(wfx: Client) -> None:
    workflow_id = wfx.save(GREETING)
    assert wfx.json("save", "-", "--id", workflow_id, stdin=json.dumps(GREETING))["version"] == 2
    lines = wfx("execute", NAME, "-i", "name=Ada", "--label", "by-wfx", "--watch").splitlines()
    assert lines[0].endswith("pending")
    assert any("node greet completed" in line for line in lines)
    assert any("[greet] - completed" in line for line in lines)
    assert lines[-1] == 'result "Hello Ada"'
    execution_id = execution_of(lines[0])
    assert wfx.json("show", execution_id)["status"] == "completed"

    found = wfx.json("list", "--workflow", NAME, "--status", "completed", "--since", "1h")
    assert [execution["execution_id"] for execution in found["executions"]] == [execution_id]
    assert wfx.json("list", "--workflow", workflow_id, "--until", "1h")["executions"] == []

    wfx("download", execution_id, "--format", "jsonl", "-o", "log.jsonl")
    downloaded = [json.loads(line) for line in (wfx.home / "log.jsonl").read_text().splitlines()]
    of_greet = [line for line in downloaded if line["node_id"] == "greet"]
    printed = wfx("logs", execution_id, "--node", "greet", "--json").splitlines()
    assert [json.loads(line)["message"] for line in printed] == [line["message"] for line in of_greet]
    assert "[greet] - " in wfx("download", execution_id, "-o", "-")

    again = wfx.json("replay", execution_id)["execution_id"]
    watched = [json.loads(line) for line in wfx("watch", again, "--json").splitlines()]
    assert (watched[-1]["status"], watched[-1]["result"]) == ("completed", "Hello Ada")


def test_progress_is_seen_while_it_waits_for_an_answer_that_wfx_gives(wfx: Client) -> None:
    workflow_id = wfx.save(ASKS)
    with wfx.started("execute", workflow_id, "--watch") as watching:
        lines = lines_until(watching, lambda line: "wfx answer" in line)
        assert "ask asks: May it go on?" in lines
        assert any(line.startswith("node start completed") for line in lines)
        execution_id = execution_of(lines[0])
        assert lines[-1].strip() == f"wfx answer {execution_id} ask approved|rejected"
        with wfx.started("logs", execution_id, "--follow") as following:
            lines_until(following, lambda line: "[ask]" in line)
            assert "approved" in wfx("answer", execution_id, "ask", "approved", "--data", '{"by": "wfx"}')
            lines_until(following, lambda line: "execution completed" in line)
            following.send_signal(signal.SIGINT)
            assert following.wait(_END_SECONDS) == 130
        out, _ = watching.communicate(timeout=_END_SECONDS)
        assert watching.returncode == 0
        assert f"execution {execution_id} completed" in out


def test_question_of_an_iteration_is_seen_and_answered(wfx: Client) -> None:
    with wfx.started("execute", wfx.save(ASKS_IN_LOOP), "--watch") as watching:
        lines = lines_until(watching, lambda line: "wfx answer" in line)
        assert lines[-1].endswith(" ask approved|rejected --path 'each[0]/'")
        wfx("answer", execution_of(lines[0]), "ask", "rejected", "--path", "each[0]/")
        watching.communicate(timeout=_END_SECONDS)
        assert watching.returncode == 0


def test_failed_execution_is_an_exit_code_of_its_own(wfx: Client) -> None:
    lines = wfx("execute", wfx.save(FAILS), "--watch", code=1).splitlines()
    execution_id = execution_of(lines[0])
    assert "on purpose" in lines[-1]
    assert wfx.json("retry", execution_id)["attempt"] == 2
    wfx("watch", execution_id, code=1)


def test_interrupt_leaves_it_running_and_cancel_ends_it(wfx: Client) -> None:
    with wfx.started("execute", wfx.save(WAITS), "--watch") as watching:
        lines = lines_until(watching, lambda line: "node wait waiting" in line)
        execution_id = execution_of(lines[0])
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=_END_SECONDS)
        assert watching.returncode == 130
        assert f"wfx cancel {execution_id}" in err
    assert wfx.json("show", execution_id)["status"] == "running"
    with wfx.started("watch", execution_id) as watching:
        lines_until(watching, lambda line: "node wait waiting" in line)
        wfx("pause", execution_id)
        lines_until(watching, lambda line: f"wfx resume {execution_id}" in line)
        wfx("cancel", execution_id)
        watching.communicate(timeout=_END_SECONDS)
        assert watching.returncode == 3
    assert wfx("watch", execution_id, "--json", code=3)
    assert wfx.json("cancel", execution_id)["status"] == "cancelled"


def test_definition_that_is_not_valid_is_told_by_place(wfx: Client) -> None:
    broken = json.dumps({**GREETING, "edges": [{"source": "start", "target": "nowhere"}]})
    told = wfx.json("validate", "-", stdin=broken, code=1)
    assert told["valid"] is False
    assert told["errors"][0]["pointer"] in wfx("validate", "-", stdin=broken, code=1)
    wfx("save", "-", stdin=broken, code=2)
    assert wfx("validate", "-", stdin=json.dumps(GREETING)) == "valid\n"


def test_secret_is_set_listed_and_deleted(wfx: Client) -> None:
    assert wfx("secrets", "set", "by_wfx", stdin="a value of wfx\n") == "made: secret by_wfx\n"
    assert "by_wfx" in [secret["name"] for secret in wfx.json("secrets", "list")["secrets"]]
    wfx("secrets", "rm", "by_wfx")
    wfx("secrets", "rm", "by_wfx", code=2)
