"""Language models of Amazon Bedrock, by its Converse API.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from workflows.adapters.awaited import LAMBDA_SECONDS, awaited
from workflows.adapters.clients import client
from workflows.adapters.retry_after import retry_after_seconds
from workflows.domain.conversation import Message, ModelAnswer, ModelRequest, ToolCall, ToolResult, Usage
from workflows.domain.errors import ModelBusy, NodeError
from workflows.domain.payload import json_fault

_BUSY = frozenset(
    {
        "ThrottlingException",
        "ModelNotReadyException",
        "ServiceUnavailableException",
        "InternalServerException",
        "ModelTimeoutException",
    }
)
_REFUSALS = {
    "ResourceNotFoundException": "agent_model_not_found",
    "ValidationException": "agent_model_refused",
}
# There is no code of its own for it, and each provider has other words.
_TOO_LONG = re.compile(
    r"too long|too large|context (length|window)|too many (input )?tokens|maximum.*tokens", re.I
)
_BLANK = "(nothing)"
"""Converse refuses blocks of text that are blank."""


def converse(request: ModelRequest, on_wait: Callable[[], None], timeout_seconds: float) -> ModelAnswer:
    """Ask a model once.

    Args:
        on_wait: Called once a second meanwhile; what it raises ends the waiting.

    Raises:
        NodeError: `ModelBusy`, or with the code `agent_timeout`, `agent_model_access_denied`,
            `agent_model_not_found`, `agent_context_too_long`, `agent_model_refused`, `agent_model_failed`,
            `agent_model_unreachable` or `agent_model_answer_invalid`.
    """
    arguments = _arguments(request)
    try:
        bedrock = client("bedrock-runtime", once=True, read_timeout_seconds=LAMBDA_SECONDS)
        return _read(awaited(lambda: bedrock.converse(**arguments), on_wait, timeout_seconds))
    except TimeoutError as error:
        raise NodeError("agent_timeout", "the model did not answer in time", retryable=True) from error
    except ClientError as error:
        raise _explained(error, request.model) from error
    except (ConnectTimeoutError, EndpointConnectionError, ConnectionClosedError) as error:
        raise ModelBusy("Amazon Bedrock cannot be reached") from error
    except ParamValidationError as error:
        raise NodeError("agent_model_refused", f"{request.model}: Converse takes no such request") from error
    except BotoCoreError as error:
        detail = f"Amazon Bedrock cannot be called ({type(error).__name__})"
        raise NodeError("agent_model_unreachable", detail, retryable=True) from error
    except (ResponseParserError, KeyError, TypeError, ValueError) as error:
        detail = "Amazon Bedrock's answer cannot be read"
        raise NodeError("agent_model_answer_invalid", detail, retryable=True) from error


def _arguments(request: ModelRequest) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "modelId": request.model,
        "messages": [
            {"role": message.role, "content": list(_blocks(message))} for message in request.messages
        ],
    }
    settings = {"temperature": request.temperature, "maxTokens": request.max_tokens}
    if given := {name: value for name, value in settings.items() if value is not None}:
        arguments["inferenceConfig"] = given
    if request.system is not None:
        arguments["system"] = [{"text": request.system}]
    if request.tools:
        arguments["toolConfig"] = {
            "tools": [
                {
                    "toolSpec": {
                        "name": tool.name,
                        "description": tool.description,
                        "inputSchema": {"json": tool.parameters},
                    }
                }
                for tool in request.tools
            ]
        }
    return arguments


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    yield from (_result_block(result) for result in message.results)
    if message.text.strip() or not (message.calls or message.results):
        yield {"text": message.text if message.text.strip() else _BLANK}
    for call in message.calls:
        # It takes nothing but objects; what a model gives else is told to it as an error.
        args = call.args if isinstance(call.args, dict) else {"value": call.args}
        yield {"toolUse": {"toolUseId": call.call_id, "name": call.name, "input": args}}


def _result_block(result: ToolResult) -> dict[str, Any]:
    # Without a `status`, which not all models support: that it is an error is said in its text.
    content = [{"text": result.text if result.text.strip() else _BLANK}]
    return {"toolResult": {"toolUseId": result.call_id, "content": content}}


def _read(answer: dict[str, Any]) -> ModelAnswer:
    """The answer. What is neither text nor a call, as a model's reasoning, is left out."""
    blocks: list[dict[str, Any]] = answer["output"]["message"]["content"]
    if fault := json_fault(blocks):
        raise ValueError(fault)
    text = "".join(block["text"] for block in blocks if "text" in block)
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    calls = tuple(ToolCall(use["toolUseId"], use["name"], use["input"]) for use in uses)
    usage = answer["usage"]
    return ModelAnswer(
        Message("assistant", text, calls),
        answer["stopReason"],
        Usage(usage["inputTokens"], usage["outputTokens"], 1),
    )


def _explained(error: ClientError, model: str) -> NodeError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _BUSY:
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return ModelBusy(f"{model}: {code}", retry_after_seconds(headers.get("retry-after")))
    if code == "AccessDeniedException":
        # Its message names our account and role.
        detail = f"{model}: this deployment, or its AWS account, has no access to it"
        return NodeError("agent_model_access_denied", detail)
    if code == "ValidationException" and _TOO_LONG.search(message):
        return NodeError("agent_context_too_long", f"{model}: the conversation is too long for it")
    if code in _REFUSALS:
        return NodeError(_REFUSALS[code], f"{model}: {message[:300] or code}")
    return NodeError("agent_model_failed", f"{model}: {code}", retryable=code == "ModelErrorException")
