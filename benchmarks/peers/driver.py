"""A peer's side of the benchmark: calls come by standard input, answers leave by standard output.

It runs in the environment of a peer, which has nothing of ours but this repository's files.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.peers.isolation import isolate

START_SECONDS = 60


class Driver(Protocol):
    """What a peer is asked to do; the time of each call is measured."""

    def start(self, home: str) -> None:
        """Start all of it, with its state below `home`."""

    def execute(self, levels: Sequence[int]) -> None:
        """Execute a graph to its end; nodes do nothing, and each level waits for the one before.

        Args:
            levels: How many nodes each has.
        """

    def fill(self, count: int) -> None:
        """Bring so many more executions like the last one into its store."""

    def page(self, limit: int) -> int:
        """List the newest executions, and return how many these are."""

    def write_log(self, lines: int) -> bool:
        """Execute something that writes so many lines; returns whether it keeps logs at all."""

    def read_log(self) -> int:
        """Read what that wrote, and return the number of lines."""

    def stop(self) -> None:
        """End all that was started."""


def serve(driver: Driver, *, only_isolated: bool = False) -> None:
    """Answer calls until there are no more: each is a line of JSON, and so is its answer.

    Args:
        driver: Who is called.
        only_isolated: Whether it may not run where it can reach other machines, as it would try to.
    """
    is_isolated = isolate()
    if only_isolated and not is_isolated:
        sys.exit("it calls its maker when it starts, and this system cannot keep it from that")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Whatever a peer prints goes where its errors go.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(_answer(driver, name, arguments)), file=answers, flush=True)
    finally:
        driver.stop()
        # Threads that some of them leave behind never end.
        os._exit(0)


def _answer(driver: Driver, name: str, arguments: Sequence[object]) -> dict[str, object]:
    began = time.perf_counter()
    try:
        result = getattr(driver, name)(*arguments)
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": time.perf_counter() - began, "result": result}


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def run(*command: str, environment: Mapping[str, str] | None = None, home: str) -> subprocess.Popen[bytes]:
    """Start a server; its output goes where ours goes."""
    return subprocess.Popen(
        command, cwd=home, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL
    )


def wait_for_url(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server does not start") from None
        time.sleep(0.2)


def end(process: subprocess.Popen[bytes] | None) -> None:
    """End a server that was started here."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def below(home: str, name: str) -> Path:
    """A directory of a peer's own."""
    path = Path(home) / name
    path.mkdir(parents=True, exist_ok=True)
    return path
