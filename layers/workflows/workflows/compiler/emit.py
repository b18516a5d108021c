"""From a plan to ASL states.

State names are unique in the whole machine, as ASL asks: a node's Task has the node's id, which holds no
space, and every other name has one. Nothing but ids travels in the state, so results are discarded but for
the branch or time that the very next state reads.
"""

from __future__ import annotations

from workflows.compiler.asl import (
    Branch,
    ChoiceState,
    ParallelState,
    Parameters,
    PassState,
    Retrier,
    State,
    TaskState,
    Transition,
    WaitState,
)
from workflows.compiler.node_types import NODE_TYPES
from workflows.compiler.plan import Choose, Fork, Run, Sequence, Step
from workflows.compiler.targets import Targets
from workflows.domain.workflow import Node, Retry, Workflow

END = "End execution"
"""The Task that ends the execution where no single node's Task always comes last."""

TIMEOUT_MARGIN_SECONDS = 5
"""The function keeps the node's time-out itself; the Task's is for a function that cannot."""

_TRANSIENT_RETRIER: Retrier = {
    # What our functions raise where nothing of the node is to blame, then Lambda's own:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html, "transient errors".
    "ErrorEquals": [
        "Interrupted",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}

_SUPERSEDED_RETRIER: Retrier = {
    # Another invocation has the node: this waits out the longest lease there is, Lambda's 15 minutes.
    "ErrorEquals": ["Superseded"],
    "IntervalSeconds": 2,
    "MaxAttempts": 25,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
}


def emit(workflow: Workflow, plan: Sequence, targets: Targets) -> Branch:
    """Returns the states of the whole machine."""
    emitter = _Emitter(workflow, targets)
    states: dict[str, State] = {}
    last = emitter.final_node(plan)
    if last is None:
        start = emitter.sequence(plan, END, states)
        states[END] = emitter.task(None, final=True)
    else:
        start = emitter.sequence(plan[:-1], last.id, states)
        states[last.id] = emitter.task(last, final=True)
    return {"StartAt": start, "States": states}


class _Emitter:
    def __init__(self, workflow: Workflow, targets: Targets) -> None:
        self._nodes = {node.id: node for node in workflow.nodes}
        self._targets = targets
        self._parallels = 0

    def final_node(self, plan: Sequence) -> Node | None:
        """Returns the node whose Task is the last state on every path."""
        *before, last = plan
        if not isinstance(last, Run) or self._nodes[last.node_id].type == "delay":
            return None
        passed_over = any(
            isinstance(step, Choose) and i + step.past == len(before) for i, step in enumerate(before)
        )
        return None if passed_over else self._nodes[last.node_id]

    def sequence(self, steps: Sequence, follow: str | None, states: dict[str, State]) -> str:
        """Adds the states of a sequence, and returns the name of its first.

        Args:
            steps: What to emit.
            follow: The state to go to after it; None at the end of a branch.
            states: Where to add them.
        """
        names = [*(self._name(step) for step in steps), follow]
        for i, step in enumerate(steps):
            following = names[i + 1]
            match step:
                case Run(node_id, chooses):
                    self._add_run(self._nodes[node_id], chooses, following, states)
                case Fork(branches):
                    states[_known(names[i])] = self._parallel(branches, following)
                case Choose():
                    self._add_choice(step, following, names[i + 1 + step.past], states)
        return _known(names[0])

    def task(self, node: Node | None, *, final: bool = False) -> TaskState:
        """Returns the Task of a node, or of none: the one which only ends the execution."""
        parameters: Parameters = {"run.$": "$", "nodes": [node.id] if node else []}
        if final:
            parameters["final"] = True
        function = NODE_TYPES[node.type].function if node else "inline"
        state: TaskState = {
            "Type": "Task",
            "Resource": self._targets.functions[function],
            "Parameters": parameters,
            "ResultPath": None,
            "Retry": self._retriers(node.retry if node else Retry()),
        }
        if node and node.timeout_seconds is not None:
            state["TimeoutSeconds"] = node.timeout_seconds + TIMEOUT_MARGIN_SECONDS
        if final:
            state["End"] = True
        return state

    def _name(self, step: Step) -> str:
        match step:
            case Run(node_id):
                return node_id
            case Choose(node_id):
                return f"Choose {node_id}"
            case Fork():
                self._parallels += 1
                return f"Parallel {self._parallels}"

    def _add_run(self, node: Node, chooses: bool, follow: str | None, states: dict[str, State]) -> None:
        task = states[node.id] = self.task(node)
        if chooses or node.type == "delay":
            task["ResultPath"] = "$.result"
        if node.type == "delay":
            wait: WaitState = {"Type": "Wait", "TimestampPath": "$.result.until"}
            states[f"Wait {node.id}"] = wait
            task["Next"] = f"Wait {node.id}"
            _lead(wait, follow)
        else:
            _lead(task, follow)

    def _parallel(self, branches: tuple[Sequence, ...], follow: str | None) -> ParallelState:
        state: ParallelState = {"Type": "Parallel", "Branches": [], "ResultPath": None}
        for steps in branches:
            inner: dict[str, State] = {}
            start = self.sequence(steps, None, inner)
            state["Branches"].append({"StartAt": start, "States": inner})
        _lead(state, follow)
        return state

    def _add_choice(
        self, choose: Choose, following: str | None, past: str | None, states: dict[str, State]
    ) -> None:
        state: ChoiceState = {"Type": "Choice", "Choices": [], "Default": past or f"Done {choose.node_id}"}
        states[f"Choose {choose.node_id}"] = state
        for handle, steps in choose.arms:
            start = self.sequence(steps, past, states) if steps else _known(following)
            state["Choices"].append({"Variable": "$.result.branch", "StringEquals": handle, "Next": start})
        if past is None:
            # A Choice cannot end a branch: "Choice states do not support the End field".
            done: PassState = {"Type": "Pass"}
            _lead(done, None)
            states[state["Default"]] = done

    def _retriers(self, retry: Retry) -> list[Retrier]:
        """Returns a node's own retrier, where it has one, and the common one: States.ALL must be the last."""
        if retry.max_attempts == 1:
            return [_TRANSIENT_RETRIER, _SUPERSEDED_RETRIER]
        own: Retrier = {
            "ErrorEquals": list(self._targets.retryable_errors),
            "IntervalSeconds": retry.interval_seconds,
            "MaxAttempts": retry.max_attempts - 1,
            "BackoffRate": retry.backoff_rate,
        }
        if "States.ALL" in self._targets.retryable_errors:
            return [_TRANSIENT_RETRIER, _SUPERSEDED_RETRIER, own]
        return [own, _TRANSIENT_RETRIER, _SUPERSEDED_RETRIER]


def _lead(state: Transition, follow: str | None) -> None:
    if follow is None:
        state["End"] = True
        state["OutputPath"] = None
    else:
        state["Next"] = follow


def _known(name: str | None) -> str:
    assert name is not None, "a sequence has steps"
    return name
