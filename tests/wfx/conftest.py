"""The client in this process: its output, and its exit code, as a shell would see them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import MakeServer, Server
from tests.wfx.answers import TOKEN, USER
from wfx.app import main

Run = Callable[..., "Ran"]


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        """The lines of stdout as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own folder of settings, and a working folder; nothing of whoever runs the tests."""
    for name in ("WFX_URL", "WFX_TOKEN", "WFX_PROFILE", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("list", "--json", stdin=...)`: one command, its exit code and what it printed."""

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        out, err = io.BytesIO(), io.BytesIO()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
        monkeypatch.setattr("sys.stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True))
        with pytest.raises(SystemExit) as exited:
            main(arguments)
        code = exited.value.code
        return Ran(code if isinstance(code, int) else 0, out.getvalue().decode(), err.getvalue().decode())

    return run


@pytest.fixture
def logged_in(run: Run, make_server: MakeServer) -> Callable[..., Server]:
    """`logged_in(*answers)`: a server that answers so, to which the default profile leads."""

    def log_in(*answers: Any) -> Server:
        server = make_server(USER, *answers)
        ran = run("login", server.url("/v1"), stdin=TOKEN.encode())
        assert ran.code == 0, ran.err
        server.seen.clear()
        return server

    return log_in
