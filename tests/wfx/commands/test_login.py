"""Log in, log out, and who that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.loopback import MakeServer, Server, reply_json
from tests.wfx.answers import TOKEN, USER, USER_ID, listed, problem
from tests.wfx.conftest import Run


def test_token_is_read_from_stdin_checked_and_kept(run: Run, make_server: MakeServer, home: Path) -> None:
    server = make_server(USER)
    ran = run("login", server.url("/v1/"), "--profile", "work", stdin=f"{TOKEN}\n".encode())
    assert (ran.code, ran.out) == (0, f"logged in as {USER_ID} at {server.url('/v1')}\n")
    assert TOKEN not in ran.out + ran.err
    (seen,) = server.seen
    assert (seen.path, seen.headers["Authorization"]) == ("/v1/users/ada%40example.com", f"Bearer {TOKEN}")
    kept = json.loads((home / "config" / "wfx" / "profiles.json").read_text())
    assert kept == {"work": {"url": server.url("/v1"), "token": TOKEN}}


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (problem(401, "the token is not good"), 2, "401 No: the token is not good (wfx login)"),
        (reply_json(200, {"ok": True}), 2, "not the URL of the API"),
        (reply_json(200, ["ok"]), 4, "is the URL right"),
    ],
)
def test_token_that_the_api_does_not_know_is_not_kept(
    run: Run, make_server: MakeServer, home: Path, answer: object, code: int, message: str
) -> None:
    ran = run("login", make_server(answer).url(), stdin=TOKEN.encode())  # type: ignore[arg-type]
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert not (home / "config").exists()


@pytest.mark.parametrize("stdin", [b"", b"\n", b"two words", b"\xff\xfe"])
def test_no_token_is_no_login(run: Run, make_server: MakeServer, stdin: bytes) -> None:
    server = make_server(USER)
    assert run("login", server.url(), stdin=stdin).code == 2
    assert server.seen == []


def test_login_says_what_it_needs(run: Run) -> None:
    ran = run("login")
    assert (ran.code, ran.err) == (2, "error: say where the API is: wfx login URL, or wfx login --local\n")
    assert run("login", "http://example.com", stdin=TOKEN.encode()).code == 2


def test_user_of_an_identity_provider_is_known_by_what_the_api_answers(
    run: Run, make_server: MakeServer
) -> None:
    server = make_server(listed("workflows"))
    assert run("login", server.url(), stdin=b"a.jwt.token").code == 0
    assert "a user of the identity provider" in run("whoami").out
    assert [seen.path for seen in server.seen] == ["/workflows?limit=1"] * 2


def test_whoami_shows_the_user_and_no_token(run: Run, logged_in: Callable[..., Server]) -> None:
    logged_in(USER)
    ran = run("whoami")
    assert ran.code == 0
    assert all(word in ran.out for word in (USER_ID, "standard", "laptop, until 2026-05-24T16:30:05.000Z"))
    assert TOKEN not in ran.out
    assert run("whoami", "--json").documents[0]["user_id"] == USER_ID


def test_logout_forgets(run: Run, logged_in: Callable[..., Server]) -> None:
    logged_in(USER)
    assert run("logout").code == 0
    ran = run("logout")
    assert (ran.code, ran.err) == (2, "error: there is no profile default\n")
    assert "wfx login" in run("whoami").err


def test_local_stack_needs_no_token(run: Run, make_server: MakeServer) -> None:
    server = make_server(USER)
    Path(".local").mkdir()
    stack = {"base_url": server.url("/v1"), "tokens": {"owner": TOKEN}}
    Path(".local/stack.json").write_text(json.dumps(stack))
    assert run("login", "--local").code == 0
    assert run("whoami").code == 0
    assert run("login", "--local", "--as", "nobody").code == 2
