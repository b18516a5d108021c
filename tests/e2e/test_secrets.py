"""Secrets on the deployed template: sent by their owner's workflows, and seen nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import urllib3

from local.deployment import session
from local.engine import REPOSITORY
from local.stack import Stack
from tests.e2e.users import User

VALUE = "s3cret/of+the=owner"
SENT = f"Basic {base64.b64encode(f'ada:{VALUE}'.encode()).decode()}"
FORMS = ("s3cret", SENT.removeprefix("Basic ")[8:-4])
Serve = Callable[[type[BaseHTTPRequestHandler]], str]


class Echo(BaseHTTPRequestHandler):
    """Answers with all that it was sent, and keeps what each request proved itself by."""

    proofs: list[str | None]

    def do_POST(self) -> None:
        self.proofs.append(self.headers["Authorization"])
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        coded = base64.b64encode(f"it was {sent}".encode()).decode()
        answer = json.dumps({"headers": dict(self.headers), "body": sent, "coded": coded}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", sent)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def echo() -> type[Echo]:
    return type("OneEcho", (Echo,), {"proofs": []})


@contextmanager
def secret(user: User, name: str, value: str = VALUE) -> Iterator[None]:
    answer = user("PUT", f"/secrets/{name}", {"value": value})
    assert answer.status == 201, answer.text
    yield
    assert user("DELETE", f"/secrets/{name}").status == 204


def calling(**config: Any) -> dict[str, Any]:
    call = {"id": "call", "type": "http", "config": {"method": "POST", **config}}
    after = {"id": "after", "type": "transform", "config": {"value": "{{nodes.call.output}}"}}
    return {"name": "secrets", "nodes": [call, after], "edges": [{"source": "call", "target": "after"}]}


def function_logs(stack: Stack) -> str:
    """All lines of the functions that see secrets."""
    logs = session().client("logs", endpoint_url=stack.endpoint_url)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    wanted = [group for group in groups if group.rpartition("/")[2] in ("http-node", "put-secret")]
    assert len(wanted) == 2, groups
    pages = [logs.get_paginator("filter_log_events").paginate(logGroupName=group) for group in wanted]
    return "\n".join(event["message"] for page in pages for each in page for event in each["events"])


def test_secret_reaches_the_server_and_nobody_else(
    owner: User, other: User, stack: Stack, loopback_server: Serve, echo: type[Echo]
) -> None:
    definition = calling(
        url=loopback_server(echo),
        headers={"Authorization": "Basic {{$base64encode('ada:' & secrets.e2e_key)}}"},
        body="{{secrets.e2e_key}}",
    )
    with secret(owner, "e2e_key"), secret(other, "e2e_key", "what the executor has"):
        workflow_id = owner.save({**definition, "visibility": "public"})
        ids = {user: user.execute(workflow_id) for user in (owner, other)}
        executions = {user: user.ended(execution_id) for user, execution_id in ids.items()}
    assert echo.proofs == [SENT, SENT]
    for user, execution in executions.items():
        assert execution["status"] == "completed", execution
        output = execution["result"]
        assert output["body"]["body"] == output["headers"]["x-echo"] == "***"
        told = [json.dumps(execution), user("GET", f"/executions/{ids[user]}/logs").text]
        assert not any(form in text for form in FORMS for text in told)
    link = owner("GET", f"/executions/{ids[owner]}/logs/download").json()["download_url"]
    downloaded = urllib3.request("GET", link).data.decode()
    assert "POST http" in downloaded
    assert not any(form in downloaded for form in FORMS)
    logs = function_logs(stack)
    assert ids[owner] in logs
    assert "s3cret" not in logs
    assert "executor has" not in logs


def test_secrets_are_encrypted_parameters_that_only_their_owner_sees(
    owner: User, other: User, stack: Stack
) -> None:
    with secret(owner, "e2e_listed"):
        listed = owner("GET", "/secrets").json()
        assert listed["total"] == len(listed["secrets"])
        assert "e2e_listed" in [each["name"] for each in listed["secrets"]]
        again = owner("PUT", "/secrets/e2e_listed", {"value": f"{VALUE}!"})
        assert (again.status, again.json().keys()) == (200, {"name", "updated_at"})
        assert "e2e_listed" not in other("GET", "/secrets").text
        assert other("DELETE", "/secrets/e2e_listed").status == 404
        client = session().client("ssm", endpoint_url=stack.endpoint_url)
        pages = client.get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
        found = [
            each for page in pages for each in page["Parameters"] if each["Name"].endswith("/e2e_listed")
        ]
        (parameter,) = found
        assert parameter["Type"] == "SecureString"
        assert "s3cret" not in parameter["Value"]
    assert owner("DELETE", "/secrets/e2e_listed").status == 404


def test_example_sends_what_its_owner_has_set(owner: User, loopback_server: Serve, echo: type[Echo]) -> None:
    # By another name: other tests set the owner's `shop_key`, maybe at the same time.
    text = (REPOSITORY / "examples" / "secret-call.json").read_text().replace("shop_key", "e2e_shop_key")
    definition = json.loads(text)
    with secret(owner, "e2e_shop_key"):
        execution_id = owner.execute(owner.save(definition), base_url=loopback_server(echo), text="Hello")
        execution = owner.ended(execution_id)
    assert execution["status"] == "completed", execution
    assert echo.proofs == [f"Bearer {VALUE}"]
    assert execution["result"] == {"status": 200, "sent": {"text": "Hello"}}


@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("with-dash", VALUE, "name"),
        ("%20e2e_bad", VALUE, "name"),
        ("a" * 300, VALUE, "name"),
        ("e2e_bad", "s3cret", "/value"),
        ("e2e_bad", {"s3cret": 1}, "/value"),
        ("e2e_bad", "s3cret {{ssm:/other}}", "/value"),
        ("e2e_bad", "s3cret" * 1_000, "/value"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(owner: User, name: str, value: Any, pointer: str) -> None:
    answer = owner("PUT", f"/secrets/{name}", {"value": value})
    assert answer.status == 400, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "s3cret" not in answer.text


def test_names_are_no_way_out_of_their_owners_place(owner: User, other: User) -> None:
    for name in ("a%2Fb", "..%2F..%2Fother%2Fe2e_bad", "%00", "%2e%2e"):
        assert owner("PUT", f"/secrets/{name}", {"value": VALUE}).status in (400, 403, 404), name
        assert owner("DELETE", f"/secrets/{name}").status in (400, 403, 404), name
    assert "bad" not in owner("GET", "/secrets").text + other("GET", "/secrets").text


def test_secrets_are_refused_where_they_would_be_seen(owner: User) -> None:
    definition = calling(url="http://127.0.0.1/", body="{{$string(secrets)}}")
    definition["nodes"][1]["config"]["value"] = ["{{secrets.e2e_key}}"]
    answer = owner("POST", "/workflows", definition)
    assert answer.status == 422, answer.text
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/nodes/0/config/body", "/nodes/1/config/value/0"]


def test_missing_secret_is_named(owner: User, other: User) -> None:
    with secret(owner, "e2e_mine"):
        workflow_id = other.save(calling(url="http://127.0.0.1/", body="{{secrets.e2e_mine}}"))
        execution = other.ended(other.execute(workflow_id))
    assert execution["status"] == "failed"
    assert execution["error"]["code"] == "secret_missing"
    assert execution["error"]["message"] == "the workflow's owner has no secret e2e_mine"
