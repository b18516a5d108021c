"""The command line as a whole: its help, its errors, its colours, its completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import Server, reply_json
from tests.wfx.answers import EXECUTION_ID, WORKFLOW_ID, execution, listed, problem
from tests.wfx.conftest import Run
from wfx.errors import ExitCode

LogIn = Callable[..., Server]
ROOT = Path(__file__).parents[2]
COMMANDS = (
    *(
        "login",
        "logout",
        "whoami",
        "save",
        "validate",
        "workflows",
        "execute",
        "watch",
        "list",
        "show",
        "logs",
    ),
    *("download", "open", "answer", "cancel", "pause", "resume", "retry", "replay"),
    *("secrets set", "secrets list", "secrets rm"),
)


def test_help_tells_commands_and_exit_codes(run: Run) -> None:
    text = " ".join(run("--help").out.split())
    for command in COMMANDS:
        assert command.split()[0] in text
    for code in ExitCode:
        assert re.search(rf"\b{int(code)} ", text), code


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_json_and_profiles(run: Run, command: str) -> None:
    ran = run(*command.split(), "--help")
    assert ran.code == 0
    assert "--json" in ran.out
    assert "--profile" in ran.out


def test_documentation_names_each_command_and_exit_code() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    for command in COMMANDS:
        assert re.search(rf"\bwfx {command}\b", text), command
    for code in ExitCode:
        assert f"| {int(code)} |" in text, code


def test_client_imports_nothing_of_the_server() -> None:
    for path in (ROOT / "wfx").rglob("*.py"):
        assert not re.search(
            r"^\s*(from|import) (workflows|local|functions|tests)\b", path.read_text(), re.M
        ), path


def test_server_that_is_not_there_is_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFX_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WFX_TOKEN", "t0ken")
    ran = run("list")
    assert (ran.code, ran.out) == (4, "")
    assert re.fullmatch(r"error: 127\.0\.0\.1:1 cannot be reached: .*\n", ran.err)


@pytest.mark.parametrize("arguments", ["list", "show x", "logs x", "cancel x", "secrets list", "watch x"])
def test_json_of_another_service_is_a_line(run: Run, logged_in: LogIn, arguments: str) -> None:
    logged_in(reply_json(200, {"ok": True}))
    ran = run(*arguments.split())
    assert (ran.code, ran.out) == (4, "")
    assert re.fullmatch(r"error: the answer has no \w+: is the URL right\?\n", ran.err)


@pytest.mark.parametrize(
    ("arguments", "document"),
    [
        ("list", {"executions": ["x"], "total": 1, "next_cursor": None}),
        ("list", {"executions": [], "total": "1", "next_cursor": None}),
        ("show x", {**execution("running"), "nodes": ["x"]}),
        ("show x", execution("running", nodes={"a": "running"})),
        ("show x", execution("running", labels=[5])),
        ("show x", {**execution("running"), "status": ["running"]}),
        ("show x", execution("failed", error="broken")),
        ("logs x", {"logs": {"a": 1}, "next_cursor": None}),
        ("watch x", execution("running", nodes={"a": {"status": "running", "tries": "2"}})),
        ("whoami", {"user_id": "ada@example.com", "tokens": [5]}),
        ("execute Report", {"workflows": None, "next_cursor": None}),
    ],
)
def test_members_that_are_not_of_this_api_are_a_line(
    run: Run, logged_in: LogIn, arguments: str, document: object
) -> None:
    logged_in(reply_json(200, document))
    ran = run(*arguments.split())
    assert ran.code == 4
    assert re.fullmatch(r"error: the answer's \w+ is not one of this API: is the URL right\?\n", ran.err)


def test_data_of_people_may_have_members_of_the_same_names(run: Run, logged_in: LogIn) -> None:
    names = {"status": 5, "nodes": [1], "error": "none", "executions": None}
    logged_in(reply_json(200, execution("completed", inputs=names, result=names)))
    ran = run("show", EXECUTION_ID)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count('"executions": null') == 2


def test_profile_is_chosen_by_option_or_environment(
    run: Run, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged_in(listed("executions"))
    assert run("list", "--profile", "work").code == 2
    monkeypatch.setenv("WFX_PROFILE", "work")
    assert "wfx login --profile work" in run("list").err
    assert run("list", "--profile", "default").code == 0


@pytest.mark.parametrize(("name", "is_coloured"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_colours_are_as_the_environment_says(
    run: Run, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch, name: str, is_coloured: bool
) -> None:
    logged_in(listed("executions", execution("failed")))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, "1")
    assert ("\x1b[31m" in run("list").out) == is_coloured


def test_character_that_the_terminal_does_not_know_is_escaped(logged_in: LogIn) -> None:
    logged_in(problem(404, "no 漢字"))
    program = [sys.executable, "-c", "from wfx.app import main; main()", "show", "x"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(program, capture_output=True, env=environment, check=False)
    assert (ran.returncode, ran.stderr) == (2, b"error: 404 No: no \\u6f22\\u5b57\n")


def test_reader_that_goes_away_ends_it_quietly(logged_in: LogIn) -> None:
    logged_in(listed("executions", *[execution("completed")] * 5_000))
    program = [sys.executable, "-c", "from wfx.app import main; main()", "list"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout
        assert listing.stderr
        listing.stdout.readline()
        listing.stdout.close()
        assert listing.stderr.read() == b""


@pytest.mark.parametrize(
    ("arguments", "answer", "offered"),
    [
        ("watch ", listed("executions", execution("running")), EXECUTION_ID),
        ("execute ", listed("workflows", {"workflow_id": WORKFLOW_ID, "name": "Report"}), "Report"),
        ("save x --id ", listed("workflows", {"workflow_id": WORKFLOW_ID, "name": "Report"}), WORKFLOW_ID),
        ("execute ", listed("workflows", {"workflow_id": WORKFLOW_ID, "name": "a\\$(id)"}), ""),
        ("execute ", listed("workflows", {"workflow_id": WORKFLOW_ID, "name": 5}), ""),
        ("watch ", problem(429, "later", {"Retry-After": "60"}), ""),
        ("watch ", reply_json(200, []), ""),
    ],
)
def test_shell_offers_ids_and_names_and_never_an_error(
    logged_in: LogIn, arguments: str, answer: object, offered: str
) -> None:
    logged_in(answer)
    program = [sys.executable, "-c", "from wfx.app import main; main()"]
    words = {"COMP_WORDS": f"wfx {arguments}", "COMP_CWORD": str(len(arguments.split()) + 1)}
    environment = {**os.environ, **words, "_WFX_COMPLETE": "complete_bash"}
    ran = subprocess.run(program, capture_output=True, text=True, env=environment, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (offered, "")


@pytest.mark.parametrize("arguments", ["list", "list --json", "--help"])
def test_disk_that_is_full_is_a_line(logged_in: LogIn, arguments: str) -> None:
    logged_in(listed("executions", execution("completed")))
    program = [sys.executable, "-c", "from wfx.app import main; main()", *arguments.split()]
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (2, "error: [Errno 28] No space left on device\n")


def test_shell_evaluates_nothing_that_helps_to_know_what_it_offers(logged_in: LogIn) -> None:
    logged_in(listed("workflows", {"workflow_id": WORKFLOW_ID, "name": "a\\$(id)"}))
    program = [sys.executable, "-c", "from wfx.app import main; main()"]
    environment = {**os.environ, "_TYPER_COMPLETE_ARGS": "wfx save x --id ", "_WFX_COMPLETE": "complete_zsh"}
    ran = subprocess.run(program, capture_output=True, text=True, env=environment, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (f"""_arguments '*: :(("{WORKFLOW_ID}"))'""", "")
