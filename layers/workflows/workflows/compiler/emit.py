"""From a plan to ASL states.

State names are unique in the whole machine, as ASL asks: a Task's begins with the id of its first node, which
holds no space; what follows it is a space and a plus; and every other name is a word, a space and an id or a
number. Nothing but ids travels in the state, so results are discarded but for the branch or time that the
very next state reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.compiler.asl import (
    Branch,
    ChoiceState,
    ParallelState,
    PassState,
    State,
    TaskState,
    Transition,
    WaitState,
)
from workflows.compiler.maps import map_name, map_state, turns_name
from workflows.compiler.plan import Choose, Fork, Plans, Segment, Sequence, Step
from workflows.compiler.targets import Targets
from workflows.compiler.tasks import Tasks
from workflows.domain.workflow import Graph, Node

END = "End execution"
"""The Task that ends the execution where no single segment always comes last."""


def emit(workflow: Graph, plans: Plans, targets: Targets) -> Branch:
    """Returns the states of the whole machine."""
    emitter = _Emitter(Tasks(workflow, plans, targets), plans.bodies)
    states: dict[str, State] = {}
    return {"StartAt": emitter.machine(plans.steps, states), "States": states}


class _Emitter:
    def __init__(self, tasks: Tasks, bodies: Mapping[str, Sequence]) -> None:
        self._tasks = tasks
        self._bodies = bodies
        self._parallels = 0

    def machine(self, plan: Sequence, states: dict[str, State]) -> str:
        """Adds the states of the whole machine, and returns the name of its first."""
        *before, last = plan
        if not isinstance(last, Segment) or not self._ends_every_path(plan):
            before, last = list(plan), Segment(())
        name = _name_of(last) or END
        start = self.sequence(tuple(before), name, states)
        task = states[name] = self._tasks.task(last, final=True)
        task["End"] = True
        return start

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
                case Segment():
                    self._add_segment(step, _known(names[i]), following, states)
                case Fork(branches):
                    states[_known(names[i])] = self._parallel(branches, following)
                case Choose():
                    self._add_choice(step, following, names[i + 1 + step.past], states)
        return _known(names[0])

    def _ends_every_path(self, plan: Sequence) -> bool:
        *before, last = plan
        if not isinstance(last, Segment):
            return False
        if last.node_ids and self._tasks.suspension(last.node_ids[-1]) != "no":
            return False
        return not any(
            isinstance(step, Choose) and i + step.past == len(before) for i, step in enumerate(before)
        )

    def _name(self, step: Step) -> str:
        match step:
            case Segment():
                return _known(_name_of(step))
            case Choose(node_id):
                return f"Choose {node_id}"
            case Fork():
                self._parallels += 1
                return f"Parallel {self._parallels}"

    def _add_segment(self, segment: Segment, name: str, follow: str | None, states: dict[str, State]) -> None:
        task = states[name] = self._tasks.task(segment)
        last = segment.node_ids[-1] if segment.node_ids else None
        suspension = self._tasks.suspension(last) if last and not segment.iterates else "no"
        if last and suspension == "loop":
            self._add_loop(task, self._tasks.loop(last), _known(follow), states)
            return
        if last and suspension == "wait":
            task["ResultPath"] = "$.result"
            task["Next"] = f"Wait {last}"
            wait: WaitState = {"Type": "Wait", "TimestampPath": "$.result.until"}
            states[task["Next"]] = wait
            _lead(wait, follow)
            return
        if segment.chooses:
            task["ResultPath"] = "$.result"
        if follow is None:
            task["End"] = True
            del task["ResultPath"]
        else:
            task["Next"] = follow

    def _add_loop(self, task: TaskState, loop: Node, follow: str, states: dict[str, State]) -> None:
        """Adds what repeats a loop's body, behind the Task that starts the loop; what follows settles it."""
        body = self._bodies[loop.id]
        if loop.config["loop_type"] == "for_each":
            task["ResultPath"] = "$.result"
            task["Next"] = map_name(loop.id)
            inner: dict[str, State] = {}
            start = self.sequence(body, None, inner)
            branch: Branch = {"StartAt": start, "States": inner}
            states[task["Next"]] = over_items = map_state(loop, body, branch, len(self._bodies))
            over_items["Next"] = follow
            return
        # The state is that of the iteration while there is one, and then of what follows the loop.
        task["ResultPath"] = "$"
        task["Next"] = again = turns_name(loop.id)
        turn = self._tasks.turn(loop.id)
        turn["Next"] = again
        states[f"Next {loop.id}"] = turn
        start = self.sequence(body, f"Next {loop.id}", states)
        states[again] = {
            "Type": "Choice",
            "Choices": [{"Variable": "$.goes_on", "BooleanEquals": True, "Next": start}],
            "Default": follow,
        }

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


def _name_of(segment: Segment) -> str | None:
    """Returns the name of the segment's Task, of at most 80 characters, as ids have at most 64."""
    if segment.node_ids:
        first, *others = segment.node_ids
        return f"{first} +{len(others)}" if others else first
    if segment.gate:
        return f"Gate {segment.gate.id}"
    return f"Settle {segment.settles[0]}" if segment.settles else None


def _lead(state: Transition, follow: str | None) -> None:
    if follow is None:
        state["End"] = True
        state["OutputPath"] = None
    else:
        state["Next"] = follow


def _known(name: str | None) -> str:
    assert name is not None, "a sequence has steps"
    return name
