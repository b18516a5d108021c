"""AWS Lambda durable functions: their local runner with SQLite, and the function in this process."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution
from aws_durable_execution_sdk_python_testing.invoker import create_test_lambda_context

from benchmarks.peers.cloning import clone, newest
from benchmarks.peers.driver import below, end, free_port, run, serve, wait_for_url

_LOOK_SECONDS = 0.02


def _nothing(_: StepContext) -> None:
    return None


def _branch(context: DurableContext, *_: object) -> None:
    context.step(_nothing, name="node")


@durable_execution
def graph(event: dict[str, Any], context: DurableContext) -> None:
    """A step per node; those of a level are branches of a map."""
    for count in event["levels"]:
        if count == 1:
            context.step(_nothing, name="node")
        else:
            context.map(list(range(count)), _branch, name="level")


class _Lambda(BaseHTTPRequestHandler):
    """The Invoke operation of Lambda, of one function."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(graph(event, create_test_lambda_context(function_name="graph"))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class DurableDriver:
    """Calls the local runner's API."""

    _server: subprocess.Popen[bytes] | None = None

    def start(self, home: str) -> None:
        functions = ThreadingHTTPServer(("127.0.0.1", 0), _Lambda)
        threading.Thread(target=functions.serve_forever, daemon=True).start()
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._store = below(home, "durable") / "executions.sqlite"
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
        os.environ.update(
            keys, AWS_DEFAULT_REGION="us-west-2", AWS_REGION="us-west-2", AWS_ENDPOINT_URL_LAMBDA=self._url
        )
        command = [str(Path(os.environ["VIRTUAL_ENV"]) / "bin/dex-local-runner"), "start-server"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "WARNING"]
        command += ["--lambda-endpoint", f"http://127.0.0.1:{functions.server_port}"]
        command += ["--local-runner-endpoint", self._url]
        command += ["--store-type", "sqlite", "--store-path", str(self._store)]
        self._server = run(*command, home=str(self._store.parent))
        wait_for_url(f"{self._url}/health", self._server)

    def execute(self, levels: Sequence[int]) -> None:
        started = self._call(
            "/start-durable-execution",
            {
                "AccountId": "123456789012",
                "FunctionName": "graph",
                "FunctionQualifier": "$LATEST",
                "ExecutionName": str(uuid4()),
                "ExecutionTimeoutSeconds": 300,
                "ExecutionRetentionPeriodDays": 1,
                "Input": json.dumps({"levels": levels}),
            },
        )
        path = f"/2025-12-01/durable-executions/{quote(started['ExecutionArn'], safe='')}"
        while (status := self._call(path)["Status"]) == "RUNNING":
            time.sleep(_LOOK_SECONDS)
        assert status == "SUCCEEDED", status

    def fill(self, count: int) -> None:
        row = newest(self._store, "executions", "start_timestamp")
        arn = row["durable_execution_arn"]

        def changes(number: int) -> dict[str, str]:
            other = f"{arn[:-6]}{number:06}"
            return {"durable_execution_arn": other, "data": row["data"].replace(arn, other)}

        clone(self._store, "executions", row, count, changes)

    def page(self, limit: int) -> int:
        found = self._call(f"/2025-12-01/durable-executions?MaxItems={limit}&ReverseOrder=true")
        return len(found["DurableExecutions"])

    def write_log(self, lines: int) -> bool:
        return False

    def read_log(self) -> int:
        return 0

    def stop(self) -> None:
        end(self._server)

    def _call(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


if __name__ == "__main__":
    serve(DurableDriver())
