"""Restate: its server, and a service in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import restate

from benchmarks.peers.driver import below, end, free_port, run, serve, wait_for_url

_AT_ONCE = 4
_LIST = "SELECT id, target, status, created_at FROM sys_invocation ORDER BY created_at DESC LIMIT {}"
_UNDER_WAY = "SELECT COUNT(*) AS number FROM sys_invocation WHERE status <> 'completed'"

graphs = restate.Service("graphs")


async def _nothing() -> None:
    return None


@graphs.handler()
async def execute(context: restate.Context, levels: list[int]) -> None:
    """A durable step per node."""
    for count in levels:
        await restate.gather(*(context.run_typed("node", _nothing) for _ in range(count)))


app = restate.app([graphs])


class RestateDriver:
    """Calls the service through the server."""

    _server: subprocess.Popen[bytes] | None = None
    _service: subprocess.Popen[bytes] | None = None

    def start(self, home: str) -> None:
        ingress, admin, node, service = (f"127.0.0.1:{free_port()}" for _ in range(4))
        self._ingress, self._admin = f"http://{ingress}", f"http://{admin}"
        (binary,) = Path(os.environ["VIRTUAL_ENV"]).glob("node_modules/@restatedev/*/bin/restate-server")
        self._server = run(
            *(str(binary), "--no-logo", "--node-name", "bench", "--listen-mode", "tcp", "--base-dir", home),
            environment={
                "RESTATE_INGRESS__BIND_ADDRESS": ingress,
                "RESTATE_ADMIN__BIND_ADDRESS": admin,
                "RESTATE_BIND_ADDRESS": node,
                "RESTATE_ADVERTISED_ADDRESS": f"http://{node}",
                "RESTATE_DISABLE_TELEMETRY": "true",
                "DO_NOT_TRACK": "1",
                "RESTATE_LOG_FILTER": "error",
            },
            home=str(below(home, "restate")),
        )
        command = (
            sys.executable,
            "-m",
            "hypercorn",
            "--bind",
            service,
            "benchmarks.peers.restate.driver:app",
        )
        self._service = run(*command, home=str(Path.cwd()))
        wait_for_url(f"{self._admin}/health", self._server)
        wait_for_url(f"http://{service}/", self._service)
        _post(f"{self._admin}/deployments", {"uri": f"http://{service}"})

    def execute(self, levels: Sequence[int]) -> None:
        _post(f"{self._ingress}/graphs/execute", levels)

    def fill(self, count: int) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._send, [count // _AT_ONCE] * _AT_ONCE))
        while self._query(_UNDER_WAY)[0]["number"]:
            time.sleep(0.2)

    def _send(self, count: int) -> None:
        connection = HTTPConnection(self._ingress.removeprefix("http://"), timeout=60)
        for _ in range(count):
            connection.request("POST", "/graphs/execute/send", "[1]", {"Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()

    def page(self, limit: int) -> int:
        return len(self._query(_LIST.format(limit)))

    def write_log(self, lines: int) -> bool:
        return False

    def read_log(self) -> int:
        return 0

    def _query(self, text: str) -> Any:
        return json.loads(_post(f"{self._admin}/query", {"query": text}))["rows"]

    def stop(self) -> None:
        end(self._service)
        end(self._server)


def _post(url: str, body: object) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    serve(RestateDriver(), only_isolated=True)
