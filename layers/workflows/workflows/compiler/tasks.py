"""Tasks: how a segment is invoked, retried and bounded.

A Task with a gate waits for its token (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html,
"wait for a callback with the task token"); any other is the function's plain answer.
"""

from __future__ import annotations

import math
from collections import defaultdict

from workflows.compiler.asl import Payload, Retrier, TaskState
from workflows.compiler.plan import Segment, Sequence, segments
from workflows.compiler.segments import bound_seconds, function_of
from workflows.compiler.targets import Targets
from workflows.domain.workflow import Node, Retry, Workflow

TIMEOUT_MARGIN_SECONDS = 5
"""The function keeps the nodes' time-outs itself; the Task's is for a function that cannot."""

_COMMON_RETRIER: Retrier = {
    # What our functions raise where nothing of the node is to blame, then Lambda's own:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html, "transient errors".
    "ErrorEquals": [
        "Interrupted",
        "Superseded",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    # About 17 minutes in all: another invocation may have the node until its lease is over, Lambda's 15.
    "MaxAttempts": 40,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}


class Tasks:
    """Makes the Tasks of one machine."""

    def __init__(self, workflow: Workflow, plan: Sequence, targets: Targets) -> None:
        self._nodes = {node.id: node for node in workflow.nodes}
        self._targets = targets
        self._opens: defaultdict[str, list[str]] = defaultdict(list)
        for segment in segments(plan):
            if segment.gate:
                for node_id in segment.gate.awaits:
                    self._opens[node_id].append(segment.gate.id)

    def is_delay(self, node_id: str) -> bool:
        return self._nodes[node_id].type == "delay"

    def task(self, segment: Segment, *, final: bool = False) -> TaskState:
        """Returns the Task of a segment, but for where it leads."""
        nodes = [self._nodes[node_id] for node_id in segment.node_ids]
        arn = self._targets.functions[function_of(nodes)]
        payload = self._payload(segment, final)
        state: TaskState = {
            "Type": "Task",
            "Resource": arn,
            "Parameters": payload,
            "ResultPath": None,
            "Retry": self._retriers(nodes),
        }
        if segment.gate:
            # No time-out: how long others take is not the segment's business.
            state["Resource"] = f"arn:{arn.split(':')[1]}:states:::lambda:invoke.waitForTaskToken"
            state["Parameters"] = {"FunctionName": arn, "Payload": payload}
        elif any(node.timeout_seconds is not None for node in nodes):
            bounds = (node.timeout_seconds or bound_seconds(node) for node in nodes)
            state["TimeoutSeconds"] = math.ceil(sum(bounds)) + TIMEOUT_MARGIN_SECONDS
        return state

    def _payload(self, segment: Segment, final: bool) -> Payload:
        payload: Payload = {"run.$": "$", "nodes": list(segment.node_ids)}
        if segment.settles:
            payload["settles"] = list(segment.settles)
        # A delay is not settled by the Task that starts it.
        settled = (*segment.settles, *(node_id for node_id in segment.node_ids if not self.is_delay(node_id)))
        if opens := {node_id: sorted(self._opens[node_id]) for node_id in settled if node_id in self._opens}:
            payload["opens"] = opens
        if final:
            payload["final"] = True
        if segment.gate:
            payload["gate"] = {"id": segment.gate.id, "awaits": list(segment.gate.awaits)}
            payload["token.$"] = "$$.Task.Token"
        return payload

    def _retriers(self, nodes: list[Node]) -> list[Retrier]:
        """Returns the retrier of the one node that is tried again, if any, and the common one.

        "States.ALL" must stand alone and in the last retrier.
        """
        retry = next((node.retry for node in nodes if node.retry.max_attempts > 1), Retry())
        if retry.max_attempts == 1:
            return [_COMMON_RETRIER]
        own: Retrier = {
            "ErrorEquals": list(self._targets.retryable_errors),
            "IntervalSeconds": retry.interval_seconds,
            "MaxAttempts": retry.max_attempts - 1,
            "BackoffRate": retry.backoff_rate,
        }
        if "States.ALL" in self._targets.retryable_errors:
            return [_COMMON_RETRIER, own]
        return [own, _COMMON_RETRIER]
