"""The stack on moto with a Step Functions that executes: Tasks call the real node functions over loopback.

The interpreter, `moto.stepfunctions.parser`, is another reading of the Amazon States Language than ours.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from moto import mock_aws

from tests.functions import invoke
from tests.integration.aws import REGION, create_buckets, create_tables
from tests.integration.conftest import Answer, World
from tests.loopback import Handler, Server, reply
from tests.waiting import wait_for
from workflows.adapters.stores import execution_store, payload_store

# With each error it logs every component that the error passes, whole.
logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)

_QUIET_SECONDS = 0.2
"""When nobody has called for so long, all others have ended or wait at a gate."""


def body_of(handler: Handler) -> bytes:
    """The body of the request that this handler answers; its server may have seen others since."""
    return next(seen.body for seen in handler.server.seen if seen.headers is handler.headers)


class LambdaService:
    """Answers Invoke with what the function returns or raises.

    Attributes:
        lock: To be held by whoever uses moto's DynamoDB, which loses updates under threads.
        is_open: Whether functions are still called.
        holds_openers: Whether a Task that opens gates lets all others pass first, as far as gates let them.
    """

    def __init__(self) -> None:
        self.lock = Condition()
        self.is_open = True
        self.holds_openers = False

    def __call__(self, handler: Handler) -> None:
        name = unquote(handler.path).split("/")[3].rpartition(":")[2]
        event = json.loads(body_of(handler))
        with self.lock:
            self.lock.notify_all()
            while self.holds_openers and "opens" in event and self.lock.wait(_QUIET_SECONDS):
                pass
            if not self.is_open:
                return
            try:
                answer = invoke(f"nodes/{name.removeprefix('workflows-')}", event)
                headers = {}
            except Exception as error:
                # https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
                answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
                headers = {"X-Amz-Function-Error": "Unhandled"}
        reply(200, json.dumps(answer).encode(), headers)(handler)


@dataclass(frozen=True)
class Ended:
    """An execution that has ended in Step Functions.

    Attributes:
        execution: As the API shows it.
        outputs: Of each node that has one.
        status: As Step Functions has it.
        error: Name of the error that ended it there, if any.
        failures: Names of the errors that its Tasks failed with, those that were retried included.
        token_failures: The same of the Tasks that wait for a token.
    """

    execution: Any
    outputs: Mapping[str, Any]
    status: str
    error: str | None
    failures: list[str]
    token_failures: list[str]


class Engine(World):
    """The API, and state machines that run by themselves."""

    def __init__(self, functions: LambdaService) -> None:
        self._functions = functions
        self._client = boto3.client("stepfunctions", region_name=REGION)
        # What sessions load at first use they load unsafely for the threads that make clients in the engine.
        boto3.client("lambda", region_name=REGION)

    def call(self, *args: Any, **event: Any) -> Answer:
        with self._functions.lock:
            return super().call(*args, **event)

    def execute(
        self, definition: dict[str, Any], inputs: dict[str, Any], *, holds_openers: bool = False
    ) -> Ended:
        """Save and execute a workflow, to its end in Step Functions."""
        self._functions.holds_openers = holds_openers
        execution_id = self.accept(self.save(definition), inputs)
        with self._functions.lock:
            item = self.item("ExecutionsTable", execution_id=execution_id, record="execution")
        arn = item["state_machine_arn"].replace(":stateMachine:", ":execution:") + f":{execution_id}-1"
        ended = wait_for(
            lambda: self._client.describe_execution(executionArn=arn),
            lambda found: found["status"] != "RUNNING",
            seconds=30,
        )
        history: Any = self._client.get_execution_history(executionArn=arn, maxResults=1000)

        def failures(of: str) -> list[str]:
            return [event[of]["error"] for event in history["events"] if of in event]

        return Ended(
            execution=self.get(execution_id),
            outputs=self._outputs(execution_id),
            status=ended["status"],
            error=ended.get("error"),
            failures=failures("lambdaFunctionFailedEventDetails"),
            token_failures=failures("taskFailedEventDetails"),
        )

    def _outputs(self, execution_id: str) -> dict[str, Any]:
        with self._functions.lock:
            snapshot = execution_store().read(execution_id)
            assert snapshot is not None
            return {
                node_id: payload_store().get(execution_id, record.output)
                for node_id, record in snapshot.nodes.items()
                if record.output is not None
            }


@contextmanager
def moto_engine() -> Iterator[Engine]:
    """The stack, for as long as the context lasts."""
    functions = LambdaService()
    server = Server(answers=[functions])
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", server.url(""))
        create_tables()
        create_buckets()
        yield Engine(functions)
        with functions.lock:
            # Other branches of a Parallel that failed may still call: without moto they would reach AWS.
            functions.is_open = False
    server.shutdown()
    server.server_close()
