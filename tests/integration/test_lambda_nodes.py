"""Nodes that invoke functions of Lambda, which a server on loopback stands for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from tests.integration.conftest import World, flow
from tests.integration.node_runs import context_of, error_of, problems_of, result_in, result_of
from tests.loopback import Answer, MakeServer, Server, drop, raw, reply, say_nothing
from workflows.adapters.clients import client
from workflows.runtime.errors import Cancelled

Serve = Callable[..., Server]


@pytest.fixture
def serve(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Lets Lambda give these answers."""

    def install(*answers: Answer) -> Server:
        server = make_server(*answers)
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", server.url(""))
        client.cache_clear()
        return server

    return install


def invoking(name: str = "workflow-add", **config: Any) -> dict[str, Any]:
    return {"function_name": name, "timeout_seconds": 5, **config}


def failing(code: int, error: str) -> Answer:
    return reply(code, json.dumps({"Message": "said"}).encode(), {"x-amzn-ErrorType": error})


def failed(body: Any) -> Answer:
    return reply(200, json.dumps(body).encode(), {"X-Amz-Function-Error": "Unhandled"})


def test_function_gets_the_payload_and_answers(serve: Serve) -> None:
    server = serve(reply(200, b'{"sum": 3}'))
    config = invoking("workflow-{{inputs.name}}:live", payload={"numbers": "{{inputs.numbers}}"})
    assert result_of("lambda", config, name="add", numbers=[1, 2]) == {"sum": 3}
    (seen,) = server.seen
    assert seen.path == "/2015-03-31/functions/workflow-add%3Alive/invocations"
    assert json.loads(seen.body) == {"numbers": [1, 2]}
    assert seen.headers["X-Amz-Invocation-Type"] == "RequestResponse"
    client_context = json.loads(base64.b64decode(seen.headers["X-Amz-Client-Context"]))
    assert client_context == {"custom": {"idempotency_key": "execution/it"}}


def test_function_without_a_payload_gets_an_empty_one_and_may_answer_nothing(serve: Serve) -> None:
    server = serve(reply(200, b""))
    assert result_of("lambda", invoking()) is None
    assert server.seen[0].body == b"{}"


def test_error_of_the_function_is_told_masked_and_cut(serve: Serve) -> None:
    serve(
        failed(
            {"errorType": "KeyError", "errorMessage": "no s3cret-value " + "x" * 2_000, "stackTrace": ["a"]}
        )
    )
    context = context_of("lambda", invoking())
    context.log.masks.add("s3cret-value")
    with pytest.raises(Exception, match="failed with KeyError") as caught:
        result_in(context)
    error: Any = caught.value
    assert (error.code, error.retryable) == ("lambda_failed", True)
    assert "no *** xxx" in error.detail
    assert "s3cret" not in error.detail
    assert len(error.detail) == 1_000


@pytest.mark.parametrize("body", [["a"], "text", None, {"errorType": 7}])
def test_error_of_any_form_is_told(serve: Serve, body: Any) -> None:
    serve(failed(body))
    assert "workflow-add failed with" in error_of("lambda", invoking()).detail


@pytest.mark.parametrize(
    ("status", "error", "code", "is_retried"),
    [
        (429, "TooManyRequestsException", "lambda_unavailable", True),
        (500, "ServiceException", "lambda_unavailable", True),
        (404, "ResourceNotFoundException", "lambda_not_found", False),
        (403, "AccessDeniedException", "lambda_forbidden", False),
        (413, "RequestTooLargeException", "lambda_payload_too_large", False),
        (400, "InvalidRuntimeException", "lambda_request_invalid", False),
    ],
)
def test_refusal_is_told_and_tried_again_where_that_may_help(
    serve: Serve, status: int, error: str, code: str, is_retried: bool
) -> None:
    server = serve(failing(status, error))
    found = error_of("lambda", invoking())
    assert (found.code, found.retryable, len(server.seen)) == (code, is_retried, 1)


def test_late_answer_is_not_asked_for_again(serve: Serve) -> None:
    server = serve(say_nothing)
    error = error_of("lambda", invoking(timeout_seconds=0.5))
    assert (error.code, error.retryable, len(server.seen)) == ("lambda_timeout", False, 1)
    assert "may still run" in error.detail


@pytest.mark.parametrize("answer", [drop, raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")])
def test_lost_answer_is_not_asked_for_again(serve: Serve, answer: Answer) -> None:
    server = serve(answer)
    error = error_of("lambda", invoking())
    assert (error.code, error.retryable, len(server.seen)) == ("lambda_answer_lost", False, 1)


def test_cancelled_execution_waits_for_no_function(serve: Serve) -> None:
    server = serve(say_nothing)
    context = context_of("lambda", invoking())
    context.cancellation.check = Mock(side_effect=Cancelled)  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        result_in(context)
    assert len(server.seen) == 1


def test_server_that_is_not_there_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    client.cache_clear()
    error = error_of("lambda", invoking())
    assert (error.code, error.retryable) == ("lambda_unavailable", True)


@pytest.mark.parametrize("answer", [b"{", b"\xff", b"[" * 100_000])
def test_answer_that_is_no_json_fails_the_node(serve: Serve, answer: bytes) -> None:
    serve(reply(200, answer))
    assert error_of("lambda", invoking()).code == "lambda_answer_invalid"


@pytest.mark.parametrize(
    "name",
    [
        "workflows-inline",
        "workflow-stack-Authorizer",
        "other",
        "arn:aws:lambda:us-east-1:210987654321:function:workflow-add",
        "210987654321:function:workflow-add",
        "workflow-add/../../x",
    ],
)
def test_function_that_is_not_the_users_is_not_invoked(serve: Serve, name: str) -> None:
    server = serve(reply(200, b"1"))
    assert error_of("lambda", invoking("{{inputs.name}}"), name=name).code == "lambda_forbidden"
    assert server.seen == []


def test_none_is_invoked_where_no_prefix_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_FUNCTION_PREFIX", "")
    assert error_of("lambda", invoking()).code == "lambda_forbidden"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("x" * (6 * 1024 * 1024), "lambda_payload_too_large"),
        (float("inf"), "lambda_payload_invalid"),
    ],
)
def test_payload_is_checked_before(serve: Serve, payload: Any, code: str) -> None:
    server = serve(reply(200, b"1"))
    assert error_of("lambda", invoking(payload=payload)).code == code
    assert server.seen == []


@pytest.mark.parametrize(
    ("config", "pointers"),
    [
        ({}, ["/function_name"]),
        ({"function_name": "arn:aws:lambda:us-east-1:1:function:a"}, ["/function_name"]),
        (invoking(timeout_seconds=841), ["/timeout_seconds"]),
        (invoking(timeout_seconds=0, qualifier="1"), ["/qualifier", "/timeout_seconds"]),
    ],
)
def test_config_is_checked_at_save(config: dict[str, Any], pointers: list[str]) -> None:
    assert problems_of("lambda", config) == pointers


def test_name_is_checked_again_at_run_time() -> None:
    error = error_of("lambda", invoking("{{inputs.name}}"), name=7)
    assert (error.code, error.detail) == (
        "lambda_config_invalid",
        "function_name: must be a string that is not empty",
    )


def test_function_gets_a_secret_that_nobody_sees(world: World, serve: Serve) -> None:
    server = serve(
        failed({"errorType": "Refused", "errorMessage": "wrong key lambda-s3cret"}),
        reply(200, b'"lambda-s3cret"'),
    )
    put = world.call("put_secret", path={"name": "price_key"}, body={"value": "lambda-s3cret"})
    assert put.status == 201, put.text
    config = invoking(payload={"key": "{{secrets.price_key}}"})
    node = {"id": "it", "type": "lambda", "config": config, "retry": {"max_attempts": 2}}
    execution_id = world.accept(world.save(flow(node, edges=[])))
    world.finish(execution_id)
    assert [json.loads(seen.body) for seen in server.seen] == [{"key": "lambda-s3cret"}] * 2
    assert world.payload(execution_id, "result") == "***"
    logs = world.call("list_logs", path={"execution_id": execution_id}).text
    assert "wrong key ***" in logs
    assert "lambda-s3cret" not in logs + json.dumps(world.get(execution_id))
