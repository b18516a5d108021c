"""What tests of agents need: the stand-in for language models, and a Lambda whose functions agents call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from local.model_server import ModelHandler
from tests.integration.conftest import flow
from tests.integration.moto_engine import LambdaService
from tests.loopback import Server
from workflows.adapters import model_bedrock, node_functions
from workflows.adapters.awaited import LAMBDA_SECONDS
from workflows.adapters.clients import client

MODEL = "local.scripted"


_ALLOWED = (
    f"arn:aws:bedrock:*::foundation-model/{MODEL}",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x",
)


@cache
def _services() -> tuple[str, dict[str, Any]]:
    """Serves models and Lambda as long as the process lives: the URL of models, and a client of each."""
    lambdas = Server(answers=[LambdaService()])
    models = ThreadingHTTPServer(("127.0.0.1", 0), ModelHandler)
    url = f"http://127.0.0.1:{models.server_port}"
    for server in (lambdas, models):
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        environment.setenv("AWS_ENDPOINT_URL_LAMBDA", lambdas.url(""))
        make = client.__wrapped__
        clients = {
            service: make(service, once=True, read_timeout_seconds=LAMBDA_SECONDS)
            for service in ("bedrock-runtime", "lambda")
        }
    return url, clients


@contextmanager
def agents_world() -> Iterator[str]:
    """Lets agents ask the stand-in for models, without pauses; gives its URL."""
    url, clients = _services()
    with pytest.MonkeyPatch.context() as environment:
        for adapter in (model_bedrock, node_functions):
            environment.setattr(adapter, "client", lambda service, **_: clients[service])
        environment.setenv("BEDROCK_MODELS", ",".join(_ALLOWED))
        environment.setattr("workflows.runtime.agent.patience._pause_seconds", lambda _: 0.0)
        yield url


def agent(prompt: str, **config: Any) -> dict[str, Any]:
    """An agent node, that has the time which the tests' functions have."""
    settings = {"model": MODEL, "prompt": prompt, "timeout_seconds": 30, **config}
    return {"id": "ask", "type": "agent", "config": settings}


def asking(prompt: str, **config: Any) -> dict[str, Any]:
    """A workflow of an agent alone."""
    return flow(agent(prompt, **config), edges=[])


def http_tool(url: str, **config: Any) -> dict[str, Any]:
    """A tool that asks a server for an order."""
    return {
        "name": "order",
        "description": "Finds an order by its number.",
        "parameters": {
            "properties": {"number": {"type": "string", "pattern": "^order-[0-9]+$"}},
            "required": ["number"],
            "additionalProperties": False,
        },
        "type": "http",
        "config": {"url": f"{url}/orders/{{{{args.number}}}}", **config},
    }


def adding_tool() -> dict[str, Any]:
    """A tool that adds two numbers, in the agent's own function."""
    return {
        "name": "add",
        "description": "Adds two numbers.",
        "parameters": {
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
        },
        "type": "transform",
        "config": {"value": {"sum": "{{args.a + args.b}}"}},
    }


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
