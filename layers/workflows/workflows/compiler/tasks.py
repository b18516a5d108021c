"""Tasks: how a segment is invoked, retried and bounded.

A Task with a gate waits for its token (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html,
"wait for a callback with the task token"); any other is the function's plain answer.
"""

from __future__ import annotations

import math
from collections import defaultdict

from workflows.compiler.asl import Payload, Retrier, TaskState
from workflows.compiler.node_types import NODE_TYPES
from workflows.compiler.node_types.kind import INLINE, Suspension
from workflows.compiler.plan import Plans, Segment
from workflows.compiler.segments import bound_seconds, function_of
from workflows.compiler.targets import Targets
from workflows.domain.workflow import Graph, Node

TIMEOUT_MARGIN_SECONDS = 5
"""The function keeps the nodes' time-outs itself; the Task's is for a function that cannot."""

EXPIRY_MARGIN_SECONDS = 30
"""How much later than the Task its function may start, and so reckon when the node's time is over."""

_STOPPED: Retrier = {"ErrorEquals": ["Stopped"], "MaxAttempts": 0}
"""What no retry mends: the execution does not run, perhaps as the node failed for good."""

# A service that throttles, another invocation that has the node, a function that was killed: the guard counts
# the tries and ends the node when none is left, so whatever else happens the function is to be asked again.
_AGAIN: Retrier = {
    "ErrorEquals": ["States.ALL"],
    # More than an hour and a half in all: a wide fan-out on an account that runs few functions at once waits
    # long for its turn, and each try is a transition and events of a history that has room for 25,000.
    "MaxAttempts": 99,
    "MaxDelaySeconds": 120,
    "JitterStrategy": "FULL",
}
_WOKEN: Retrier = {
    # Something happened that the node waits for, or its time is over: its function is to look.
    "ErrorEquals": ["Woken", "States.Timeout"],
    "IntervalSeconds": 1,
    "BackoffRate": 1.0,
    "MaxAttempts": 99,
}
_WAIT_AGAIN: Retrier = {
    # The same, by doubling alone: no node's lease to outlast, whose end would come between two tries.
    "ErrorEquals": ["States.ALL"],
    "MaxAttempts": 13,
    "JitterStrategy": "FULL",
}


class Tasks:
    """Makes the Tasks of one machine."""

    def __init__(self, graph: Graph, plans: Plans, targets: Targets) -> None:
        self._nodes = {node.id: node for node in graph.all_nodes()}
        self._targets = targets
        self._opens: defaultdict[str, list[str]] = defaultdict(list)
        for segment in plans.segments():
            if segment.gate:
                for node_id in segment.gate.awaits:
                    self._opens[node_id].append(segment.gate.id)

    def suspension(self, node_id: str) -> Suspension:
        """Returns how the machine goes on after a node."""
        return NODE_TYPES[self._nodes[node_id].type].suspension

    def loop(self, node_id: str) -> Node:
        return self._nodes[node_id]

    def task(self, segment: Segment, *, final: bool = False) -> TaskState:
        """Returns the Task of a segment, but for where it leads."""
        nodes = [self._nodes[node_id] for node_id in segment.node_ids]
        function = function_of(nodes)
        arn = self._targets.function_arn(function)
        payload = self._payload(segment, final)
        state: TaskState = {"Type": "Task", "Resource": arn, "Parameters": payload, "ResultPath": None}
        if retriers := self._retriers(segment, final):
            state["Retry"] = retriers
        waiting = self._waiting(segment)
        if segment.gate or waiting:
            # No time-out: how long others take is not the segment's business.
            state["Resource"] = f"arn:{arn.split(':')[1]}:states:::lambda:invoke.waitForTaskToken"
            state["Parameters"] = {"FunctionName": self._targets.function_name(function), "Payload": payload}
            if waiting and (seconds := waiting.config.get("expires_in_seconds")):
                # The function comes again then, and must find that the time is over.
                state["TimeoutSeconds"] = seconds + EXPIRY_MARGIN_SECONDS
        elif not segment.iterates and any(node.timeout_seconds is not None for node in nodes):
            bounds = (node.timeout_seconds or bound_seconds(node) for node in nodes)
            state["TimeoutSeconds"] = math.ceil(sum(bounds)) + TIMEOUT_MARGIN_SECONDS
        return state

    def _payload(self, segment: Segment, final: bool) -> Payload:
        payload: Payload = {"run.$": "$"}
        if segment.node_ids:
            payload["nodes"] = list(segment.node_ids)
        if segment.settles:
            payload["settles"] = list(segment.settles)
        # A delay or a loop is not settled by the Task that starts it.
        settled = (
            *segment.settles,
            *(node_id for node_id in segment.node_ids if self.suspension(node_id) == "no"),
        )
        if opens := {node_id: sorted(self._opens[node_id]) for node_id in settled if node_id in self._opens}:
            payload["opens"] = opens
        if segment.chooses:
            payload["chooses"] = True
        if segment.iterates:
            payload["iterates"] = segment.iterates
        if final:
            payload["final"] = True
        if segment.gate:
            payload["gate"] = segment.gate.id
            payload["awaits"] = list(segment.gate.awaits)
        if segment.gate or self._waiting(segment):
            payload["token.$"] = "$$.Task.Token"
        return payload

    def _waiting(self, segment: Segment) -> Node | None:
        """Returns the segment's last node, if the Task goes on until somebody answers it."""
        last = self._nodes[segment.node_ids[-1]] if segment.node_ids else None
        return last if last and NODE_TYPES[last.type].suspension == "token" else None

    def turn(self, loop_id: str) -> TaskState:
        """Returns the Task that ends an iteration of a loop and tells whether another follows.

        Its output is the whole state: with the path of that iteration, or of what follows the loop.
        """
        arn = self._targets.function_arn(INLINE)
        payload: Payload = {"run.$": "$", "turns": loop_id}
        state: TaskState = {"Type": "Task", "Resource": arn, "Parameters": payload, "ResultPath": "$"}
        if self._targets.names_errors:
            state["Retry"] = [_STOPPED, _AGAIN]
        return state

    def _retriers(self, segment: Segment, final: bool) -> list[Retrier]:
        """Returns the retrier of the one node that is tried again, if any, and the common ones.

        "A reserved name States.ALL [...] must appear alone" and "in the last Retrier": where errors have no
        names there is that of the node alone.
        """
        waits = self._waiting(segment) is not None
        # What a function reports by its token has its name everywhere.
        has_names = self._targets.names_errors or segment.gate is not None or waits
        retries = (self._nodes[node_id].retry for node_id in segment.node_ids)
        own: list[Retrier] = [
            {
                "ErrorEquals": ["TryFailed" if has_names else "States.ALL"],
                "IntervalSeconds": retry.interval_seconds,
                "MaxAttempts": retry.max_attempts - 1,
                "BackoffRate": retry.backoff_rate,
            }
            for retry in retries
            if retry.max_attempts > 1
        ]
        if not has_names:
            return own
        if waits:
            return [*own, _STOPPED, _WOKEN, _AGAIN]
        if segment.node_ids or segment.settles or final:
            return [*own, _STOPPED, _AGAIN]
        # A Task for its gate alone never asks whether the execution runs.
        return [_WAIT_AGAIN]
