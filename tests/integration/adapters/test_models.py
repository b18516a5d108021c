"""What is sent to models, on both wire formats, and how odd answers are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest

from tests.loopback import Answer, Server, drop, raw, reply, reply_json
from workflows.adapters import model_bedrock, model_openai
from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.awaited import awaited
from workflows.adapters.clients import client
from workflows.domain.conversation import (
    Message,
    ModelAnswer,
    ModelRequest,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from workflows.domain.errors import ModelBusy, NodeError

Ask = Callable[..., tuple[ModelAnswer, Any]]

REQUEST = ModelRequest(
    model="us.some.model-v1:0",
    system="Be brief.",
    messages=(
        Message("user", "Where is it?"),
        Message("assistant", "", (ToolCall("c1", "find", {"id": 7}), ToolCall("c2", "find", "no JSON"))),
        Message("user", results=(ToolResult("c1", "lost"), ToolResult("c2", " ", is_error=True))),
    ),
    tools=(Tool("find", "Finds it.", {"type": "object"}),),
    temperature=0.5,
    max_tokens=99,
    answer_schema={"type": "object"},
)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def bedrock(server: Server, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks Bedrock, which gives this answer; what it says, and what it was sent."""
    for name, value in (("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url(""))
    ours = client.__wrapped__("bedrock-runtime", once=True)
    monkeypatch.setattr(model_bedrock, "client", lambda *_, **__: ours)

    def ask(answer: Answer, request: ModelRequest = REQUEST) -> tuple[ModelAnswer, Any]:
        server.answers[:] = [answer]
        answered = model_bedrock.converse(request, lambda: None, 5)
        (seen,) = server.seen
        assert (seen.method, seen.path) == ("POST", "/model/us.some.model-v1%3A0/converse")
        return answered, json.loads(seen.body)

    return ask


@pytest.fixture
def openai(server: Server) -> Ask:
    """The same of a server that speaks Chat Completions."""

    def ask(answer: Answer, request: ModelRequest = REQUEST) -> tuple[ModelAnswer, Any]:
        server.answers[:] = [answer]
        guard = AddressGuard(frozenset({"127.0.0.1"}))
        url = server.url("/v1/?version=2")
        endpoint = model_openai.Endpoint(url, guard, 100_000, "the-key", {"X-Team": "a"})
        answered = model_openai.complete(endpoint, request, lambda: None, 5, lambda *_: None)
        (seen,) = server.seen
        assert (seen.method, seen.path) == ("POST", "/v1/chat/completions?version=2")
        assert (seen.headers["Authorization"], seen.headers["X-Team"]) == ("Bearer the-key", "a")
        return answered, json.loads(seen.body)

    return ask


def converse_answer(*content: Any, **changes: Any) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
        **changes,
    }


def chat_answer(message: Any, **changes: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage, **changes}


def test_converse_is_asked_in_its_format(bedrock: Ask) -> None:
    reasoning = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    use = {"toolUse": {"toolUseId": "c3", "name": "find", "input": {"id": 8}}}

    answer, sent = bedrock(reply_json(200, converse_answer(reasoning, {"text": "So."}, use)))

    assert answer == ModelAnswer(
        Message("assistant", "So.", (ToolCall("c3", "find", {"id": 8}),)), "end_turn", Usage(3, 4, 1)
    )
    spec = {"name": "find", "description": "Finds it.", "inputSchema": {"json": {"type": "object"}}}
    assert sent == {
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"temperature": 0.5, "maxTokens": 99},
        "toolConfig": {"tools": [{"toolSpec": spec}]},
        "messages": [
            {"role": "user", "content": [{"text": "Where is it?"}]},
            {
                "role": "assistant",
                "content": [
                    {"toolUse": {"toolUseId": "c1", "name": "find", "input": {"id": 7}}},
                    {"toolUse": {"toolUseId": "c2", "name": "find", "input": {"value": "no JSON"}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "c1", "content": [{"text": "lost"}]}},
                    {"toolResult": {"toolUseId": "c2", "content": [{"text": "(nothing)"}]}},
                ],
            },
        ],
    }


def test_chat_completions_are_asked_in_their_format(openai: Ask) -> None:
    call = {"id": "c3", "type": "function", "function": {"name": "find", "arguments": '{"id": 8}'}}
    odd = {"id": "c4", "function": {"name": "find", "arguments": "{id: 8}"}}

    answer, sent = openai(reply_json(200, chat_answer({"content": None, "tool_calls": [call, odd]})))

    calls = (ToolCall("c3", "find", {"id": 8}), ToolCall("c4", "find", "{id: 8}"))
    assert answer == ModelAnswer(Message("assistant", "", calls), "stop", Usage(3, 4, 1))
    described = {"name": "find", "description": "Finds it.", "parameters": {"type": "object"}}
    made = [
        {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"id":7}'}},
        {"id": "c2", "type": "function", "function": {"name": "find", "arguments": "no JSON"}},
    ]
    assert sent == {
        "model": "us.some.model-v1:0",
        "temperature": 0.5,
        "max_tokens": 99,
        "tools": [{"type": "function", "function": described}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}},
        },
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Where is it?"},
            {"role": "assistant", "content": None, "tool_calls": made},
            {"role": "tool", "tool_call_id": "c1", "content": "lost"},
            {"role": "tool", "tool_call_id": "c2", "content": " "},
        ],
    }


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"<html>"),
        reply_json(200, []),
        reply_json(200, {"choices": []}),
        reply_json(200, chat_answer({"content": [{"text": "x"}]})),
        reply_json(200, chat_answer({"content": "x", "tool_calls": [{}]})),
        reply(200, b'{"choices": [{"message": {"content": "\\ud800"}}]}'),
        reply(200, b'{"choices": [{"message": {"content": NaN}}]}'),
        reply(200, b"[" * 50_000),
    ],
)
def test_answer_that_is_none_of_chat_completions_is_refused(openai: Ask, answer: Answer) -> None:
    with pytest.raises(NodeError) as caught:
        openai(answer)
    assert (caught.value.code, caught.value.retryable) == ("agent_model_answer_invalid", True)


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"<html>"),
        reply_json(200, {}),
        reply_json(200, converse_answer(usage=None)),
        reply_json(200, converse_answer({"text": "\ud800"})),
    ],
)
def test_answer_that_is_none_of_converse_is_refused(bedrock: Ask, answer: Answer) -> None:
    with pytest.raises(NodeError) as caught:
        bedrock(answer)
    assert (caught.value.code, caught.value.retryable) == ("agent_model_answer_invalid", True)


def test_usage_that_is_not_told_counts_as_none(openai: Ask) -> None:
    answer, _ = openai(reply_json(200, chat_answer({"content": "x"}, usage=None)))
    assert answer.usage == Usage(0, 0, 1)


def test_busy_models_say_when_to_come_again(bedrock: Ask, openai: Ask, server: Server) -> None:
    headers = {"Retry-After": "7", "x-amzn-ErrorType": "ThrottlingException"}
    for ask in (bedrock, openai):
        with pytest.raises(ModelBusy) as caught:
            ask(reply(429, b"{}", headers))
        assert caught.value.retry_after_seconds == 7.0
        server.seen.clear()


def test_connection_that_is_lost_is_tried_again(bedrock: Ask, openai: Ask) -> None:
    for ask in (bedrock, openai):
        with pytest.raises(ModelBusy):
            ask(drop)


def test_context_that_is_too_long_has_a_code(openai: Ask) -> None:
    error = {"message": "at most 8192 tokens", "code": "context_length_exceeded"}
    with pytest.raises(NodeError) as caught:
        openai(reply_json(400, {"error": error}))
    assert caught.value.code == "agent_context_too_long"


def test_refusal_that_cannot_be_read_is_told_by_its_status(openai: Ask) -> None:
    with pytest.raises(NodeError) as caught:
        openai(raw(b"HTTP/1.1 418 No\r\nContent-Length: 2\r\n\r\n[]"))
    assert caught.value.detail == "the endpoint answered 418"


def test_waiting_ends_by_what_is_raised_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.adapters.awaited._STEP_SECONDS", 0.01)
    never = Event()

    def cancel() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        awaited(lambda: never.wait(5), cancel, 5)
    with pytest.raises(TimeoutError):
        awaited(lambda: never.wait(5), lambda: None, 0.02)
    never.set()
    assert awaited(lambda: 7, lambda: None, 5) == 7
