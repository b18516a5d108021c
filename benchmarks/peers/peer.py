"""Our side of a peer: its driver runs in its own environment, and is called by lines of JSON."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

_STOP_SECONDS = 15


class PeerError(Exception):
    """It cannot do what it was asked; the message says why."""


class Contender(Protocol):
    """Whoever is measured: a peer, or us."""

    name: str

    def call(self, method: str, *arguments: Any, seconds: float) -> tuple[float, Any]:
        """Call the method of that name of its driver, which answers within some seconds.

        Returns:
            How many seconds it took, and what it gave.

        Raises:
            PeerError: It failed, or did not answer in time.
        """

    def pids(self) -> list[int]:
        """The processes that all others of it come from."""

    def stop(self) -> None:
        """End all of it."""


class Peer:
    """One of the others.

    Args:
        name: What it is called.
        package: Its folder here.
        environment: Its virtual environment.
        home: Where its state and its output go.
    """

    def __init__(self, name: str, package: str, environment: Path, home: Path) -> None:
        self.name = name
        home.mkdir(parents=True, exist_ok=True)
        self._log = home / "output.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [environment / "bin/python", "-m", f"benchmarks.peers.{package}.driver"],
                env=_settings(environment, home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._answers = selectors.DefaultSelector()
        assert self._process.stdout is not None
        self._answers.register(self._process.stdout, selectors.EVENT_READ)

    def call(self, method: str, *arguments: Any, seconds: float) -> tuple[float, Any]:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([method, *arguments]).encode() + b"\n")
            self._process.stdin.flush()
        answer = json.loads(self._line(seconds))
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer["seconds"], answer["result"]

    def pids(self) -> list[int]:
        return [self._process.pid]

    def stop(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        # What it has started is of its process group.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _line(self, seconds: float) -> bytes:
        deadline, line = time.monotonic() + seconds, b""
        assert self._process.stdout is not None
        while not line.endswith(b"\n"):
            if not self._answers.select(max(0.0, deadline - time.monotonic())):
                raise PeerError(f"no answer within {seconds:g} s")
            part = os.read(self._process.stdout.fileno(), 65_536)
            if not part:
                raise PeerError(self._last_words())
            line += part
        return line

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f"it ended: {lines[-1][:100]}" if lines else "it ended"


def _settings(environment: Path, home: Path) -> dict[str, str]:
    # Nothing of the person's own environment but the PATH, and no word to their makers.
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "VIRTUAL_ENV": str(environment),
        "DO_NOT_TRACK": "1",
        "LANG": "C.UTF-8",
    }
