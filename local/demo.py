"""The examples over HTTP: executions followed to their ends, one asked about, one cancelled."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from local.api import Answer, Api
from local.demo_server import serving
from local.engine import REPOSITORY
from local.errors import LocalStackError
from local.stack import Stack

_END_SECONDS = 60
_POLL_SECONDS = 0.2
_ENDED = frozenset({"completed", "failed", "cancelled"})


def show(stack: Stack) -> None:
    """Run the examples as the demo's owner and print what happens.

    Raises:
        LocalStackError: Anything goes otherwise than it should.
    """
    owner = _Caller(Api(stack.base_url, stack.headers), stack.tokens["owner"])
    with serving() as shop_url:
        _fulfil_an_order(owner, shop_url)
        _sort_a_message(owner, shop_url)
    _decide_on_purchases(owner)


@dataclass(frozen=True, slots=True)
class _Caller:
    api: Api
    token: str

    def call(self, method: str, path: str, expected: int, body: Any = None) -> Answer:
        answer = self.api.call(method, path, token=self.token, json=body)
        if answer.status != expected:
            raise LocalStackError(f"{method} {path}: expected {expected}, got {answer.status}: {answer.text}")
        return answer

    def execute_example(self, name: str, inputs: dict[str, Any]) -> str:
        definition = json.loads((REPOSITORY / "examples" / f"{name}.json").read_text())
        workflow_id = self.call("POST", "/workflows", 201, definition).json()["workflow_id"]
        print(f"\n{name}: saved as {workflow_id}")
        execution = self.call("POST", f"/workflows/{workflow_id}/execute", 202, {"inputs": inputs}).json()
        execution_id: str = execution["execution_id"]
        print(f"  execution {execution_id} {execution['status']}")
        return execution_id


def _fulfil_an_order(owner: _Caller, shop_url: str) -> None:
    execution_id = owner.execute_example("order-fulfilment", {"base_url": shop_url, "order_id": "order-42"})
    execution = _follow(owner, execution_id, _ENDED)
    _expect(execution, "completed")
    print(f"  result\n{_indented(json.dumps(execution['result'], indent=2))}")
    logs = owner.call("GET", f"/executions/{execution_id}/logs", 200).json()["logs"]
    print("  logs")
    for line in logs:
        print(f"    {line['timestamp']} {line['level']:7} [{line['node_id'] or '-'}] {line['message']}")
    link = owner.call("GET", f"/executions/{execution_id}/logs/download", 302).headers["Location"]
    download = Api(link).call("GET", "")
    if download.status != 200 or logs[0]["message"] not in download.text:
        raise LocalStackError(f"the download answers {download.status}: {download.text}")
    print(
        f"  download {download.headers['Content-Disposition']}, {len(download.text)} characters\n    {link}"
    )


def _sort_a_message(owner: _Caller, shop_url: str) -> None:
    """By what stands in for a language model here, which looks the order up."""
    inputs = {"base_url": shop_url, "message": "I want a refund for order-42"}
    execution = _follow(owner, owner.execute_example("support-triage", inputs), _ENDED)
    _expect(execution, "completed")
    print(f"  result {json.dumps(execution['result'])}")
    print(f"  usage  {json.dumps(execution['nodes']['triage']['usage'])}")


def _decide_on_purchases(owner: _Caller) -> None:
    purchase = {"item": "a desk", "price": 420, "approvers": ["owner"]}
    execution_id = owner.execute_example("purchase-approval", purchase)
    asked = _follow(owner, execution_id, _ENDED, "approve")["nodes"]["approve"]["approval"]
    print(f"  asked {asked['message']!r}")
    answer = {"decision": "approved", "data": {"comment": "It is a nice one."}}
    owner.call("POST", f"/executions/{execution_id}/nodes/approve/complete", 200, answer)
    execution = _follow(owner, execution_id, _ENDED)
    _expect(execution, "completed")
    print(f"  result\n{_indented(json.dumps(execution['result'], indent=2))}")

    execution_id = owner.execute_example("purchase-approval", purchase)
    _follow(owner, execution_id, _ENDED, "approve")
    cancelled = owner.call("POST", f"/executions/{execution_id}/cancel", 200).json()
    print(f"  cancelled at {cancelled['cancelled_at']}")
    _expect(_follow(owner, execution_id, _ENDED), "cancelled")


def _follow(
    owner: _Caller, execution_id: str, awaited: frozenset[str], waiting: str | None = None
) -> dict[str, Any]:
    """Print each change of the execution and its nodes until its status is one of `awaited`.

    Args:
        waiting: A node whose waiting for an answer is enough.
    """
    printed: dict[str, str] = {}
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline:
        execution: dict[str, Any] = owner.call("GET", f"/executions/{execution_id}", 200).json()
        for node_id, node in execution["nodes"].items():
            if printed.get(node_id, "pending") != node["status"]:
                printed[node_id] = node["status"]
                print(f"    {node_id:24} {node['status']}")
        if waiting and execution["nodes"][waiting]["status"] == "waiting":
            return execution
        if execution["status"] in awaited:
            print(f"  status {execution['status']}")
            return execution
        time.sleep(_POLL_SECONDS)
    raise LocalStackError(f"execution {execution_id} did not get {' or '.join(sorted(awaited))} in time")


def _expect(execution: dict[str, Any], status: str) -> None:
    if execution["status"] != status:
        raise LocalStackError(f"expected {status}: {json.dumps(execution, indent=2)}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
