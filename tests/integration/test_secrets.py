"""Secrets: set and deleted by their owner, named by workflows, and seen by nobody."""

from __future__ import annotations

import base64
import html
import json
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.demo_server import serving
from tests.functions import invoke
from tests.integration.callers import Admin
from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed
from workflows.adapters.stores import secret_store
from workflows.domain.times import now
from workflows.runtime import secrets as runtime_secrets
from workflows.runtime.errors import TryFailed

VALUE = 's3cret/with+odd "letters" ü'


class Echo(BaseHTTPRequestHandler):
    """Answers with all that it was sent, also in base64, HTML, a header, and as a number."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent: dict[str, Any] = {"headers": dict(self.headers), "body": body, "path": self.path}
        sent["coded"] = base64.b64encode(body.encode()).decode()
        sent["html"] = f"<p>{html.escape(body)}</p>"
        sent["numbers"] = [int(body)] if body.isdigit() else []
        answer = json.dumps(sent).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", quote(body))
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    with serving(Echo) as url:
        yield url


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    runtime_secrets._cache.clear()


def put(world: World, name: str = "shop_key", value: Any = VALUE, **options: Any) -> Any:
    return world.call("put_secret", path={"name": name}, body={"value": value}, **options)


def names(world: World, **options: Any) -> list[str]:
    answer = world.call("list_secrets", **options)
    assert answer.status == 200, answer.text
    assert answer.json["total"] == len(answer.json["secrets"])
    return [secret["name"] for secret in answer.json["secrets"]]


def call_with_secret(url: str, **config: Any) -> dict[str, Any]:
    node = {"id": "call", "type": "http", "config": {"method": "POST", "url": url, **config}}
    return flow(node, edges=[])


def test_secret_is_set_listed_changed_and_deleted(world: World) -> None:
    assert put(world).status == 201
    assert put(world, value="another value").status == 200
    before = now()
    made = put(world, "a_key").json
    assert made.keys() == {"name", "updated_at"}
    assert made["name"] == "a_key"
    assert before <= made["updated_at"] <= now()
    assert names(world) == ["a_key", "shop_key"]
    assert world.call("delete_secret", path={"name": "shop_key"}).status == 204
    assert world.call("delete_secret", path={"name": "shop_key"}).status == 404
    assert names(world) == ["a_key"]


def test_no_answer_holds_a_value(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [put(world), put(world), world.call("list_secrets"), put(world, "bad name")]
    answers += [put(world, value=wrong) for wrong in (["s3cret"], {"a": "s3cret"}, "s3cret", "s3cret{{a}}")]
    path = {"name": "shop_key"}
    answers.append(world.call("put_secret", path=path, body={"value": VALUE, "note": "s3cret"}))
    answers.append(world.call("put_secret", path=path, raw_body='{"value": "s3cret and no end'))
    assert [answer.status for answer in answers] == [201, 200, 200, *[400] * 7]
    assert not any("s3cret" in answer.text for answer in answers)
    assert "s3cret" not in capsys.readouterr().out


def test_audit_lines_name_the_secret_and_hold_no_value(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    put(world)
    world.call("delete_secret", path={"name": "shop_key"})
    records = [vars(record) for record in caplog.records if record.getMessage() == "audit"]
    assert [record["action"] for record in records] == ["put_secret", "delete_secret"]
    assert all(record["target"] == {"name": "shop_key"} for record in records)
    assert "s3cret" not in str(records)


def test_service_that_refuses_is_asked_again_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ("ThrottlingException", "TooManyUpdates", "AccessDeniedException")
    errors: list[Exception] = [ClientError({"Error": {"Code": code, "Message": "no"}}, "A") for code in codes]
    errors.append(EndpointConnectionError(endpoint_url="https://ssm"))
    path = {"name": "shop_key"}
    for error in errors:
        refuse = Mock(side_effect=error)
        refusing = SimpleNamespace(get_parameters_by_path=refuse, delete_parameter=refuse)
        monkeypatch.setattr("workflows.adapters.secrets.client", lambda _, refusing=refusing: refusing)
        for answer in (put(world), world.call("list_secrets"), world.call("delete_secret", path=path)):
            assert (answer.status, answer.json["error_code"]) == (503, "unavailable")
            assert answer.headers["Retry-After"] == "2"


def test_value_that_parameter_store_refuses_is_not_our_fault(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**arguments: Any) -> None:
        message = f"Value {arguments['Value']} is not valid"
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "PutParameter")

    refusing = SimpleNamespace(get_parameters_by_path=lambda **_: {"Parameters": []}, put_parameter=refuse)
    monkeypatch.setattr("workflows.adapters.secrets.client", lambda _: refusing)
    answer = put(world)
    assert answer.status == 400
    assert [error["pointer"] for error in answer.json["errors"]] == ["/value"]
    assert "s3cret" not in answer.text + capsys.readouterr().out


def test_each_user_has_their_own(world: World) -> None:
    put(world)
    assert names(world, user="other@example.com") == []
    assert put(world, user="other@example.com").status == 201
    assert world.call("delete_secret", path={"name": "shop_key"}, user="oidc:x").status == 404
    assert names(world) == ["shop_key"]
    assert put(world, user=None).status == 401
    assert world.call("list_secrets", user=None).status == 401


def test_what_cannot_be_a_secret_is_told(world: World) -> None:
    cases: list[tuple[str, Any, str]]
    cases = [(name, VALUE, "name") for name in ("1st", "a-b", "a" * 65, "a b", "ключ")]
    cases += [("k", value, "/value") for value in ("short", "x" * 4_097, 12345678, None)]
    for name, value, pointer in cases:
        answer = put(world, name, value)
        assert answer.status == 400, name
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer], value
    assert names(world) == []


def test_any_other_text_is_kept_as_it_is(world: World) -> None:
    for value in ("12345678", "x" * 4_096, "€" * 1_365, "two\nlines\x00", "😀" * 8, " some key \n"):
        put(world, value=value)
        assert secret_store().get("owner", "shop_key") == value


def test_there_is_a_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.services.secrets.MAX_SECRETS", 12)
    for number in range(12):
        assert put(world, f"key_{number:02d}").status == 201
    assert put(world, "one_more").json["error_code"] == "limit_reached"
    assert put(world, "key_00").status == 200
    # More than one page of SSM's.
    assert len(names(world)) == 12


def test_secrets_go_with_their_user(world: World, admin: Admin) -> None:
    assert admin.create("ada").status == 201
    for number in range(12):
        put(world, f"key_{number}", user="ada")
    put(world)
    assert admin.delete("ada").status == 204
    assert names(world, user="ada") == []
    assert names(world) == ["shop_key"]


def run(world: World, definition: dict[str, Any], inputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """An execution at its end, in which nothing of the secret is to be seen."""
    execution_id = world.accept(world.save(definition), inputs)
    world.finish(execution_id)
    execution: dict[str, Any] = world.get(execution_id)
    logs = world.call("list_logs", path={"execution_id": execution_id}).text
    assert "s3cret" not in json.dumps(execution) + logs
    return execution


def test_secret_is_sent_and_never_seen(world: World, echo: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(world)
    definition = call_with_secret(
        echo + "/{{$encodeUrlComponent(secrets.shop_key)}}",
        headers={"X-Plain": "{{inputs.word}}"},
        json={"key": "{{secrets.shop_key}}", "text": "It is {{secrets.shop_key}}."},
    )
    result = run(world, definition, {"word": "plain"})["result"]["body"]
    assert json.loads(result["body"]) == {"key": "***", "text": "It is ***."}
    assert base64.b64encode(b"s3cret")[:8].decode() not in result["coded"]
    assert result["path"] == "/***"
    assert result["headers"]["X-Plain"] == "plain"
    assert "s3cret" not in capsys.readouterr().out


def test_servers_answer_is_without_the_secret(world: World, echo: str) -> None:
    values = {"a": "s3cret-of-the-shop", "b": VALUE, "c": "s3cret-with-a-newline\n", "d": "31415926535"}
    nodes = []
    for name, value in values.items():
        put(world, name, value)
        config = {"method": "POST", "url": echo, "body": f"{{{{secrets.{name}}}}}"}
        nodes.append({"id": name, "type": "http", "config": config})
    result = run(world, flow(*nodes, edges=[]))["result"]
    for name, value in values.items():
        body = result[name]["body"]
        assert result[name]["headers"]["x-echo"] == body["body"] == "***"
        assert body["html"].strip() == "<p>***</p>"
        assert body["coded"].rstrip("=") == "***"
        assert body["numbers"] == (["***"] if value.isdigit() else [])
        assert body["headers"]["Content-Length"] == str(len(value.encode()))


def test_nodes_in_and_after_a_loop_get_no_secret_either(world: World, echo: str) -> None:
    put(world)
    config = {"method": "POST", "url": echo, "json": ["{{item}}", "{{secrets.shop_key}}"]}
    body = {"nodes": [{"id": "call", "type": "http", "config": config}], "edges": []}
    each = {"id": "each", "type": "loop", "config": {"items": "{{[1, 2]}}", "body": body}}
    after = {"id": "after", "type": "transform", "config": {"value": "{{input.items.body.body}}"}}
    result = run(world, flow(each, after, edges=[("each", "after")]))["result"]
    assert [json.loads(sent) for sent in result] == [[1, "***"], [2, "***"]]


def test_output_is_masked_by_what_is_secret_and_not_by_name(world: World, echo: str) -> None:
    """A log masks what a header is named for; what others go on to work with must stay as it is."""
    put(world)
    headers = {"X-Key": "{{$encodeUrlComponent(secrets.shop_key)}}", "X-Token-Kind": "plain"}
    body = run(world, call_with_secret(echo, headers=headers, json={"token": "a plain word"}))["result"][
        "body"
    ]
    assert body["body"] == '{"token":"a plain word"}'
    assert (body["headers"]["X-Token-Kind"], body["headers"]["X-Key"]) == ("plain", "***")


def test_url_that_is_a_secret_is_not_seen_in_parts(world: World, echo: str) -> None:
    """Logs show an address without its query."""
    put(world, value=f"{echo}/hooks/s3cret-path?key=s3cret-query")
    body = run(world, call_with_secret("{{secrets.shop_key}}", query={"a": "b"}, body="x"))["result"]["body"]
    assert body["path"] == "***?***&a=b"


def test_error_does_not_tell_the_secret(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.adapters.outbound_http._BACKOFF_SECONDS", 0)
    put(world)
    # Where paths are cut, there would be a part of it.
    url = f"http://127.0.0.1:1/{'a' * 190}/{{{{$encodeUrlComponent(secrets.shop_key)}}}}"
    definition = call_with_secret(url, body="x")
    definition["nodes"][0]["retry"] = {"max_attempts": 2}
    execution_id = world.accept(world.save(definition))
    machine, state = world.machine(execution_id)
    with pytest.raises(TryFailed) as failed:
        invoke("nodes/http", {"run": state, "nodes": ["call"]})
    told = "".join(traceback.format_exception(failed.value)) + capsys.readouterr().out
    assert "s3c" not in told
    with pytest.raises(ExecutionFailed):
        machine.execute(state)
    assert "s3c" not in json.dumps(world.get(execution_id))
    assert world.get(execution_id)["error"]["code"] == "http_connect_failed"


def test_error_that_is_tolerated_holds_no_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.adapters.outbound_http._BACKOFF_SECONDS", 0)
    put(world)
    definition = call_with_secret("http://127.0.0.1:1/{{$encodeUrlComponent(secrets.shop_key)}}", body="x")
    definition["nodes"][0]["on_error"] = "continue"
    assert "/***:" in run(world, definition)["result"]["error"]["message"]


def test_workflow_has_its_owners_secrets_whoever_executes_it(world: World, echo: str) -> None:
    put(world)
    put(world, value="of the executor", user="other")
    definition = {**call_with_secret(echo, body="{{secrets.shop_key}}"), "visibility": "public"}
    execution_id = world.accept(world.save(definition), user="other")
    world.finish(execution_id)
    assert world.get(execution_id, user="other")["result"]["body"]["body"] == "***"
    body = world.get(execution_id, user="other")["result"]["body"]
    assert body["headers"]["Content-Length"] == str(len(VALUE.encode()))


def test_missing_secret_fails_the_node(world: World) -> None:
    put(world, "none", user="other")
    execution_id = world.accept(world.save(call_with_secret("http://127.0.0.1/", body="{{secrets.none}}")))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    error = world.get(execution_id)["error"]
    assert (error["code"], error["message"]) == ("secret_missing", "the workflow's owner has no secret none")


def test_only_what_an_expression_names_is_read(world: World, echo: str) -> None:
    put(world, "key_2")
    definition = call_with_secret(echo, body="{{inputs.key ? secrets.key : 'none'}} {{secrets.key_2}}")
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert world.get(execution_id)["error"]["message"] == "the workflow's owner has no secret key"
    assert ("owner", "key_2") not in runtime_secrets._cache


def test_there_is_one_way_to_secrets(world: World, echo: str) -> None:
    """However it is spelled; and whatever else is tried, no secret is sent."""
    named = ["secrets.'shop\\u005fkey'", "'secrets'.shop_key", "$$.secrets.shop_key"]
    others = [
        "$eval('secr' & 'ets.shop_key')",
        "($all := $$; $all.secrets.shop_key)",
        "$string($$)",
        "**.shop_key",
        "inputs.secrets",
    ]
    put(world)
    fields = {str(number): f"{{{{{source}}}}}" for number, source in enumerate([*named, *others])}
    sent = json.loads(run(world, call_with_secret(echo, json=fields))["result"]["body"]["body"])
    assert [sent[str(number)] for number in range(3)] == ["***"] * 3
    assert "***" not in [sent[str(number)] for number in range(3, 8)]


def test_expression_that_fails_does_not_tell_the_secret(world: World) -> None:
    put(world)
    # Where messages are cut, there would be a part of it.
    definition = call_with_secret(
        "http://127.0.0.1/", body="{{$error($pad('', 495, 'x') & secrets.shop_key)}}"
    )
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    error = world.get(execution_id)["error"]
    assert error["code"] == "expression_failed"
    assert "s3c" not in error["message"]
