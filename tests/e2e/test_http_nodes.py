"""What `http` nodes may not reach, and values of many megabytes, on the deployed template."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import urllib3

from tests.e2e.users import User

TWENTY_MEGABYTES = 20_000_000


class Asked(BaseHTTPRequestHandler):
    """Counts requests, and answers with 20 MB."""

    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(TWENTY_MEGABYTES))
        self.end_headers()
        for _ in range(200):
            self.wfile.write(bytes(100_000))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def call_of_inputs() -> dict[str, Any]:
    node = {"id": "call", "type": "http", "config": {"url": "{{inputs.url}}", "timeout_seconds": 20}}
    return {"name": "call", "nodes": [node], "edges": []}


def download(url: str) -> bytes:
    answer = urllib3.request("GET", url)
    assert answer.status == 200
    return answer.data


def test_url_that_leads_inside_asks_nobody(
    owner: User, loopback_server: Callable[[type[BaseHTTPRequestHandler]], str]
) -> None:
    class Handler(Asked):
        paths: list[str] = []  # noqa: RUF012  (of this test alone)

    port = loopback_server(Handler).rpartition(":")[2]
    hostile = {
        f"http://localhost:{port}/": "http_address_forbidden",
        f"http://127.0.0.2:{port}/": "http_address_forbidden",
        f"http://[::ffff:127.0.0.1]:{port}/": "http_address_forbidden",
        "http://169.254.169.254/latest/meta-data/": "http_address_forbidden",
        f"http://user:hunter2@127.0.0.1:{port}/": "http_url_invalid",
    }
    workflow_id = owner.save(call_of_inputs())
    started = {url: owner.execute(workflow_id, url=url) for url in hostile}
    for url, code in hostile.items():
        error = owner.ended(started[url])["error"]
        assert (error["code"], "hunter2" in error["message"]) == (code, False), url
    assert Handler.paths == []


def test_large_answer_is_a_file_to_download(
    owner: User, other: User, loopback_server: Callable[[type[BaseHTTPRequestHandler]], str]
) -> None:
    class Handler(Asked):
        paths: list[str] = []  # noqa: RUF012  (of this test alone)

    execution_id = owner.execute(owner.save(call_of_inputs()), url=loopback_server(Handler) + "/a")
    assert owner.ended(execution_id)["status"] == "completed"
    shown = owner("GET", f"/executions/{execution_id}/nodes/call").json()
    assert shown["output"]["body"] is None
    (file,) = shown["files"]
    content = download(file["url"])
    assert content == bytes(TWENTY_MEGABYTES)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert (file["bytes"], file["name"]) == (TWENTY_MEGABYTES, f"execution-{execution_id}-call.zip")
    assert other("GET", f"/executions/{execution_id}/nodes/call").status == 404


def test_twenty_megabytes_pass_from_node_to_node_and_to_the_caller(owner: User) -> None:
    nodes = [
        {"id": "make", "type": "transform", "config": {"value": "{{ $pad('', 20000000, 'x') }}"}},
        {"id": "pass", "type": "transform", "config": {"value": "{{ nodes.make.output }}"}},
        {"id": "count", "type": "transform", "config": {"value": "{{ $length(nodes.make.output) }}"}},
        {
            "id": "end",
            "type": "end",
            "config": {"output": {"text": "{{nodes.pass.output}}", "length": "{{nodes.count.output}}"}},
        },
    ]
    edges = [("make", "pass"), ("make", "count"), ("pass", "end"), ("count", "end")]
    listed = [{"source": source, "target": target} for source, target in edges]
    execution_id = owner.execute(owner.save({"name": "large", "nodes": nodes, "edges": listed}))
    execution = owner.ended(execution_id)
    assert execution["status"] == "completed", execution
    assert "result" not in execution
    expected = b'{"text":"' + b"x" * TWENTY_MEGABYTES + b'","length":20000000}'
    assert download(execution["result_url"]) == expected
    shown = owner("GET", f"/executions/{execution_id}/nodes/pass").json()
    assert "output" not in shown
    assert download(shown["output_url"]) == b'"' + b"x" * TWENTY_MEGABYTES + b'"'


def test_inputs_of_five_megabytes_come_back_as_a_link(owner: User) -> None:
    text = "ü" * 2_500_000
    node = {"id": "count", "type": "transform", "config": {"value": "{{ $length(inputs.text) }}"}}
    workflow_id = owner.save({"name": "large inputs", "nodes": [node], "edges": []})
    answer = owner("POST", f"/workflows/{workflow_id}/execute", {"inputs": {"text": text}})
    assert answer.status == 202, answer.text
    execution = owner.ended(answer.json()["execution_id"])
    assert (execution["result"], "inputs" in execution) == (2_500_000, False)
    assert download(execution["inputs_url"]).decode() == f'{{"text":"{text}"}}'
