"""Serves the stand-in for a language model: Amazon Bedrock's Converse, and OpenAI's Chat Completions.

It runs as a process of its own beside the engine; `local/models.py` starts it.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from local.model_script import Asked, Said, say, seconds_before, throttled_times

_REFUSED = Counter[str]()
_BEDROCK_ERRORS = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
_FINISH_REASONS = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


class ModelHandler(BaseHTTPRequestHandler):
    """`POST /model/<id>/converse` and `POST /v1/chat/completions`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        parts = [unquote(part) for part in self.path.split("/")]
        credential = self.headers.get("Authorization", "")
        if parts[1] == "model" and parts[-1] == "converse":
            said = _next(_asked_by_converse(body, credential), body)
            self._answer(said.status, _converse_answer(said, body), _BEDROCK_ERRORS.get(said.status))
        elif parts[1:] == ["v1", "chat", "completions"]:
            said = _next(_asked_by_chat(body, credential), body)
            self._answer(said.status, _chat_answer(said, body))
        else:
            self._answer(404, {"message": f"no such path: {self.path}"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""

    def _answer(self, status: int, content: dict[str, Any], error_type: str | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if error_type:
            self.send_header("x-amzn-ErrorType", error_type)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)


def _next(asked: Asked, body: dict[str, Any]) -> Said:
    """What is said next, unless this very request is to be refused some more times."""
    key = json.dumps(body, sort_keys=True)
    if _REFUSED[key] < throttled_times(asked):
        _REFUSED[key] += 1
        return Said("too many requests", status=429)
    del _REFUSED[key]
    time.sleep(seconds_before(asked))
    return say(asked)


def _asked_by_converse(body: dict[str, Any], credential: str) -> Asked:
    messages = body["messages"]
    blocks = [block for message in messages for block in message["content"]]
    results = [block["toolResult"]["content"][0]["text"] for block in blocks if "toolResult" in block]
    specs = [tool["toolSpec"] for tool in body.get("toolConfig", {}).get("tools", [])]
    return Asked(
        prompt=next(block["text"] for block in messages[0]["content"] if "text" in block),
        answers=sum(message["role"] == "assistant" for message in messages),
        results=tuple(results),
        tools={spec["name"]: spec["inputSchema"]["json"] for spec in specs},
        credential=credential,
    )


def _converse_answer(said: Said, body: dict[str, Any]) -> dict[str, Any]:
    if said.status != 200:
        return {"message": said.text}
    content: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
    content += [
        {"toolUse": {"toolUseId": f"tool-{number}", "name": name, "input": args}}
        for number, (name, args) in enumerate(said.calls)
    ]
    read, written = _words(body["messages"]), _words(content)
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": said.stop_reason,
        "usage": {"inputTokens": read, "outputTokens": written, "totalTokens": read + written},
        "metrics": {"latencyMs": 1},
    }


def _asked_by_chat(body: dict[str, Any], credential: str) -> Asked:
    messages = body["messages"]
    functions = [tool["function"] for tool in body.get("tools", [])]
    return Asked(
        prompt=next(message["content"] for message in messages if message["role"] == "user"),
        answers=sum(message["role"] == "assistant" for message in messages),
        results=tuple(message["content"] for message in messages if message["role"] == "tool"),
        tools={function["name"]: function["parameters"] for function in functions},
        credential=credential,
    )


def _chat_answer(said: Said, body: dict[str, Any]) -> dict[str, Any]:
    if said.status != 200:
        return {"error": {"message": said.text, "code": None}}
    message: dict[str, Any] = {"role": "assistant", "content": said.text or None}
    if said.calls:
        message["tool_calls"] = [
            {
                "id": f"call-{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(args)},
            }
            for number, (name, args) in enumerate(said.calls)
        ]
    read, written = _words(body["messages"]), _words(message)
    return {
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": _FINISH_REASONS.get(said.stop_reason, said.stop_reason),
            }
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }


def _words(value: Any) -> int:
    """What counts as tokens here."""
    return len(json.dumps(value).split())


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def main() -> None:
    """Serve on the listening socket that was handed down, until it is ended."""
    server = _Server(("127.0.0.1", 0), ModelHandler, bind_and_activate=False)
    server.socket = socket.socket(fileno=int(sys.argv[1]))
    server.serve_forever()


if __name__ == "__main__":
    main()
