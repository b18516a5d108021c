"""Language models behind servers that speak OpenAI's Chat Completions.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, OutboundResponse, send
from workflows.adapters.retry_after import retry_after_seconds
from workflows.domain.conversation import Message, ModelAnswer, ModelRequest, Tool, ToolCall, Usage
from workflows.domain.errors import ModelBusy, NodeError
from workflows.domain.log_entry import Level
from workflows.domain.payload import encode, json_fault

_BUSY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_BUSY_ERRORS = frozenset({"http_dns_failed", "http_connect_failed"})
_REFUSALS = {401: "agent_model_access_denied", 403: "agent_model_access_denied", 404: "agent_model_not_found"}
_TOO_LONG = "context_length_exceeded"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    Attributes:
        url: Its base, as in https://api.openai.com/v1.
        api_key: Sent as a bearer token.
        headers: Sent besides.
    """

    url: str
    guard: AddressGuard
    body_bytes: int
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def complete(
    endpoint: Endpoint,
    request: ModelRequest,
    on_wait: Callable[[], None],
    timeout_seconds: float,
    on_event: Callable[[Level, str], None],
) -> ModelAnswer:
    """Ask a model once.

    Args:
        on_wait: Called once a second meanwhile; what it raises ends the waiting.
        on_event: Called with a log level and a message free of secrets.

    Raises:
        NodeError: `ModelBusy`, those of `send`, or with the code `agent_timeout`,
            `agent_model_access_denied`, `agent_model_not_found`, `agent_context_too_long`,
            `agent_model_refused` or `agent_model_answer_invalid`.
    """
    limits = OutboundLimits(timeout_seconds=timeout_seconds, body_bytes=endpoint.body_bytes, retries=0)
    try:
        response = send(
            _request(endpoint, request), endpoint.guard, limits, on_event=on_event, on_wait=on_wait
        )
    except NodeError as error:
        if error.code == "http_timeout":
            raise NodeError("agent_timeout", "the model did not answer in time", retryable=True) from error
        if error.code in _BUSY_ERRORS:
            raise ModelBusy(error.detail) from error
        raise
    if response.status >= 400:
        raise _refused(response)
    try:
        return _read(_parsed(response.body))
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        detail = "the endpoint's answer is none of Chat Completions"
        raise NodeError("agent_model_answer_invalid", detail, retryable=True) from error


def _request(endpoint: Endpoint, request: ModelRequest) -> OutboundRequest:
    headers = {"Content-Type": "application/json", **endpoint.headers}
    if endpoint.api_key is not None:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    try:
        parts = urlsplit(endpoint.url)
    except ValueError as error:
        raise NodeError("http_url_invalid", "endpoint.url is no URL") from error
    # Some servers have their version in the query.
    url = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/chat/completions"))
    return OutboundRequest("POST", url, headers, body=encode(_body(request)).encode())


def _body(request: ModelRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [
            *([{"role": "system", "content": request.system}] if request.system is not None else []),
            *(part for message in request.messages for part in _parts(message)),
        ],
    }
    settings = {"temperature": request.temperature, "max_tokens": request.max_tokens}
    body |= {name: value for name, value in settings.items() if value is not None}
    if request.tools:
        body["tools"] = [_described(tool) for tool in request.tools]
    if request.answer_schema is not None:
        schema = {"name": "answer", "schema": request.answer_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _described(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": described}


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    """A message; results are messages of their own here."""
    for result in message.results:
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
    if message.calls:
        calls = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": call.args if isinstance(call.args, str) else encode(call.args),
                },
            }
            for call in message.calls
        ]
        yield {"role": message.role, "content": message.text or None, "tool_calls": calls}
    elif message.text or not message.results:
        yield {"role": message.role, "content": message.text}


def _parsed(body: bytes) -> Any:
    answer = json.loads(body)
    if fault := json_fault(answer):
        raise ValueError(fault)
    return answer


def _read(answer: Any) -> ModelAnswer:
    choice = answer["choices"][0]
    said = choice["message"]
    text = said.get("content") or ""
    if not isinstance(text, str):
        raise TypeError("content is no text")
    calls = tuple(
        ToolCall(
            str(call["id"]), str(call["function"]["name"]), _arguments(call["function"].get("arguments"))
        )
        for call in said.get("tool_calls") or ()
    )
    usage = answer.get("usage") or {}
    given, made = (int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    reason = str(choice.get("finish_reason") or "stop")
    return ModelAnswer(Message("assistant", text, calls), reason, Usage(given, made, 1))


def _arguments(text: Any) -> Any:
    """A call's arguments; the text itself where it is no JSON, which the model is then told."""
    if not isinstance(text, str):
        return text
    try:
        return _parsed((text or "{}").encode())
    except (RecursionError, ValueError):
        return text


def _refused(response: OutboundResponse) -> NodeError:
    code, message = _error_of(response)
    if response.status in _BUSY_STATUSES:
        asked = retry_after_seconds(response.headers.get("retry-after"))
        return ModelBusy(f"the endpoint answered {response.status}", asked)
    if code == _TOO_LONG:
        return NodeError("agent_context_too_long", "the conversation is too long for the model")
    detail = f"the endpoint answered {response.status}{': ' if message else ''}{message[:300]}"
    return NodeError(_REFUSALS.get(response.status, "agent_model_refused"), detail)


def _error_of(response: OutboundResponse) -> tuple[str, str]:
    """The code and the message of an error, as far as there are any."""
    try:
        error = _parsed(response.body)["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return "", ""
