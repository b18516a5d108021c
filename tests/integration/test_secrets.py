"""Secrets: set and deleted by their owner, named by workflows, and seen by nobody."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from local.demo_server import serving
from tests.integration.callers import Admin
from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed
from workflows.runtime import secrets as runtime_secrets

VALUE = 's3cret/with+odd "letters" ü'


class Echo(BaseHTTPRequestHandler):
    """Answers with all that it was sent, and with the secret in base64."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {"headers": dict(self.headers), "body": body, "path": self.path}
        sent["coded"] = base64.b64encode(VALUE.encode()).decode()
        answer = json.dumps(sent).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
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
    assert put(world, "a_key").json == {"name": "a_key"}
    assert names(world) == ["a_key", "shop_key"]
    assert world.call("delete_secret", path={"name": "shop_key"}).status == 204
    assert world.call("delete_secret", path={"name": "shop_key"}).status == 404
    assert names(world) == ["a_key"]


def test_no_answer_holds_a_value(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [put(world), put(world), world.call("list_secrets"), put(world, "bad name")]
    assert not any("s3cret" in answer.text for answer in answers)
    assert "s3cret" not in capsys.readouterr().out


def test_each_user_has_their_own(world: World) -> None:
    put(world)
    assert names(world, user="other@example.com") == []
    assert put(world, user="other@example.com").status == 201
    assert world.call("delete_secret", path={"name": "shop_key"}, user="oidc:x").status == 404
    assert names(world) == ["shop_key"]
    assert put(world, user=None).status == 401
    assert world.call("list_secrets", user=None).status == 401


@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("1st", VALUE, "name"),
        ("a-b", VALUE, "name"),
        ("a" * 65, VALUE, "name"),
        ("a b", VALUE, "name"),
        ("k", "short", "/value"),
        ("k", "x" * 4_097, "/value"),
        ("k", 12345678, "/value"),
    ],
)
def test_what_cannot_be_a_secret_is_told(world: World, name: str, value: Any, pointer: str) -> None:
    answer = put(world, name, value)
    assert answer.status == 400
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert names(world) == []


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
    put(world, user="ada")
    put(world)
    assert admin.delete("ada").status == 204
    assert names(world, user="ada") == []
    assert names(world) == ["shop_key"]


def test_secret_is_sent_and_never_seen(world: World, echo: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(world)
    definition = call_with_secret(
        echo + "/{{$encodeUrlComponent(secrets.shop_key)}}",
        headers={"X-Plain": "{{inputs.word}}"},
        json={"key": "{{secrets.shop_key}}", "text": "It is {{secrets.shop_key}}."},
    )
    execution_id = world.accept(world.save(definition), {"word": "plain"})
    world.finish(execution_id)
    execution = world.get(execution_id)
    result = execution["result"]["body"]
    assert json.loads(result["body"]) == {"key": "***", "text": "It is ***."}
    assert result["coded"].strip("=") == "***"
    assert result["path"] == "/***"
    assert result["headers"]["X-Plain"] == "plain"
    assert "s3cret" not in json.dumps(execution) + capsys.readouterr().out


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
    execution_id = world.accept(world.save(call_with_secret("http://127.0.0.1/", body="{{secrets.none}}")))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    error = world.get(execution_id)["error"]
    assert (error["code"], error["message"]) == ("secret_missing", "the workflow's owner has no secret none")


def test_expression_that_fails_does_not_tell_the_secret(world: World) -> None:
    put(world)
    definition = call_with_secret("http://127.0.0.1/", body="{{$error(secrets.shop_key)}}")
    execution_id = world.accept(world.save(definition))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)
    assert "s3cret" not in world.get(execution_id)["error"]["message"]


@pytest.mark.parametrize(
    "expression",
    [
        "{{secrets}}",
        "{{$string(secrets)}}",
        "{{$lookup(secrets, 'shop_key')}}",
        "{{secrets.*}}",
        "{{secrets[0]}}",
        "{{$each(secrets, function($v) {$v})}}",
        "{{$$.secrets}}",
        "{{($s := secrets; $s.shop_key)}}",
        "{{secrets.`odd name`}}",
    ],
)
def test_secrets_are_named_one_by_one(world: World, expression: str) -> None:
    answer = world.call("create_workflow", body=call_with_secret("http://127.0.0.1/", body=expression))
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/nodes/0/config/body"]


@pytest.mark.parametrize("expression", ["{{secrets.shop_key}}", "{{inputs.a & secrets.shop_key}}"])
def test_nodes_whose_output_they_would_be_take_no_secrets(world: World, expression: str) -> None:
    node = {"id": "a", "type": "transform", "config": {"value": expression}}
    answer = world.call("create_workflow", body=flow(node, edges=[]))
    assert answer.status == 422
    assert "secrets are not for nodes of the type transform" in answer.text


@pytest.mark.parametrize(
    "expression",
    ["{{$eval('secrets.shop_key')}}", "{{$lookup($$, 'secrets')}}", "{{$string($$)}}", "{{inputs.secrets}}"],
)
def test_there_is_no_other_way_to_secrets(world: World, echo: str, expression: str) -> None:
    put(world)
    execution_id = world.accept(world.save(call_with_secret(echo, body=expression)))
    world.finish(execution_id)
    sent = world.get(execution_id)["result"]["body"]["body"]
    assert "s3cret" not in sent
    assert "***" not in sent


def test_secret_is_read_once_a_minute(world: World, echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world)
    execution_id = world.accept(world.save(call_with_secret(echo, body="{{secrets.shop_key}}")))
    world.finish(execution_id)
    (key,) = runtime_secrets._cache
    assert key == ("owner", "shop_key")
    moment, value = runtime_secrets._cache[key]
    runtime_secrets._cache[key] = moment - 61, value
    put(world, value="a new value")
    execution_id = world.accept(world.save(call_with_secret(echo, body="{{secrets.shop_key}}")))
    world.finish(execution_id)
    assert runtime_secrets._cache[key][1] == "a new value"
