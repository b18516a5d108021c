"""What warm functions take by themselves: each is called with its sample event, in this process.

What moto answered once to each request is answered again in the place of botocore's connection. So the time
holds the handler with all of its services, and of botocore writing, signing and parsing; no network, and no
moto. Each call takes turns with that of a bare Powertools resolver, which gets a workflow's item by one
`GetItem` and answers with it as JSON; ratios are to that, of medians. The servers of `http` nodes, models
and functions that nodes invoke are canned answers. Times are the processor's, as nothing is waited for:
what else runs on the machine weighs less on them.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from benchmarks.canned import ALLOWED_MODELS
from benchmarks.rows import Rows
from benchmarks.warm.calls import CALLS, Call, succeeded
from benchmarks.warm.wire import Recording, Wire
from tests.functions import LambdaContext, load
from tests.integration.aws import ENVIRONMENT, fresh_aws
from tests.integration.conftest import World
from workflows.adapters.attribute_values import from_item
from workflows.adapters.clients import client

TIMES = 300
WARM_UP = 5

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that can be repeated.

    Attributes:
        event: As JSON: a handler may change what it gets.
    """

    function: str
    handler: Handler
    event: str
    recording: Recording

    def seconds(self, wire: Wire) -> float:
        """How long it takes once more."""
        event = json.loads(self.event)
        context = LambdaContext(seconds_left=900)
        wire.replay(self.recording)
        began = process_time()
        answer = self.handler(event, context)
        took = process_time() - began
        assert succeeded(self.function, answer), (self.function, answer)
        return took


def measure(rows: Rows) -> None:
    """Calls each function many times, and the bare one in between."""
    os.environ |= {**ENVIRONMENT, "BEDROCK_MODELS": ALLOWED_MODELS}
    wire = Wire()
    bare_times: list[float] = []
    ratios: list[float] = []
    per_call: list[float] = []
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        (get,) = [call for call in CALLS if call.function == "api/get_workflow"]
        bare = _prepared(wire, get, _bare())
        for call in CALLS:
            prepared = _prepared(wire, call)
            ours, theirs = _timed(wire, prepared, bare)
            bare_times += theirs
            prepared.seconds(wire)
            calls = wire.calls
            ratios.append(median(ours) / median(theirs))
            if calls:
                per_call.append(ratios[-1] / calls)
            what = f"{call.function}, {calls} call{'s' * (calls != 1)} of AWS"
            rows.add(what, f"{_shown(ours)}, {ratios[-1]:.1f} x")
    rows.add("the bare resolver, which makes one", _shown(bare_times))
    rows.add("the median function", f"{median(ratios):.1f} x")
    rows.add("the median function, for each of its calls of AWS", f"{median(per_call):.1f} x")


def _timed(wire: Wire, one: Prepared, other: Prepared) -> tuple[list[float], list[float]]:
    for _ in range(WARM_UP):
        one.seconds(wire)
    gc.collect()
    pairs = [(one.seconds(wire), other.seconds(wire)) for _ in range(TIMES)]
    ours, theirs = zip(*pairs, strict=True)
    return list(ours), list(theirs)


def _prepared(wire: Wire, call: Call, handler: Handler | None = None) -> Prepared:
    """Let moto answer a call, and note what it answers."""
    with fresh_aws():
        wire.record()
        event = json.dumps(call.prepare(World()))
        handler = handler or load(call.function).lambda_handler
        recording = wire.record()
        answer = handler(json.loads(event), LambdaContext(seconds_left=900))
        assert succeeded(call.function, answer), (call.function, answer)
        wire.record()  # What follows is no part of it.
        if call.function.startswith("nodes/"):
            assert _node_status(json.loads(event)) in ("completed", "waiting"), call.function
    return Prepared(call.function, handler, event, recording)


def _node_status(event: dict[str, Any]) -> str:
    record = World().get(event["run"]["execution_id"])["nodes"][event["nodes"][0]]
    return str(record["status"])


def _bare() -> Handler:
    app = APIGatewayRestResolver()

    @app.get("/workflows/<workflow_id>")
    def get_workflow(workflow_id: str) -> dict[str, Any]:
        key = {"workflow_id": {"S": workflow_id}, "record": {"S": "current"}}
        found = client("dynamodb").get_item(TableName="WorkflowsTable", Key=key, ConsistentRead=True)
        return from_item(found["Item"])

    def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return app.resolve(event, context)

    return lambda_handler


def _shown(seconds: list[float]) -> str:
    return f"p50 {1000 * median(seconds):.2f} ms, p99 {1000 * quantiles(seconds, n=100)[98]:.2f} ms"
