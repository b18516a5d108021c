"""A tiny interpreter of the emitted ASL, written from the specification and knowing nothing of the compiler.

It runs the branches of a Parallel one by one, each knowing only what had happened before the Parallel, so
that a Task's "known before" set is what happens before it in every interleaving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def all_tasks(scope: Mapping[str, Any]) -> Iterator[str]:
    """Yields the nodes of all Tasks in the definition."""
    for state in scope["States"].values():
        if state["Type"] == "Task":
            yield from state["Parameters"]["nodes"]
        for branch in state.get("Branches", ()):
            yield from all_tasks(branch)


def state_names(scope: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of all states in the definition."""
    for name, state in scope["States"].items():
        yield name
        for branch in state.get("Branches", ()):
            yield from state_names(branch)


class Execution:
    """One execution of a state machine.

    Attributes:
        known_before: Per node whose Task ran, the nodes whose Tasks had surely ended before it began.
        finals: What `known_before` is, for each Task marked `final`.
    """

    def __init__(self, machine: Mapping[str, Any], branch_of: Callable[[str], str]) -> None:
        self.known_before: dict[str, frozenset[str]] = {}
        self.finals: list[frozenset[str]] = []
        self._branch_of = branch_of
        self._run(machine, {}, frozenset(), inside=False)

    def _run(
        self, scope: Mapping[str, Any], state: dict[str, Any], known: frozenset[str], inside: bool
    ) -> frozenset[str]:
        name = scope["StartAt"]
        while True:
            spec = scope["States"][name]
            match spec["Type"]:
                case "Task":
                    known, state = self._task(spec, state, known)
                case "Wait":
                    assert spec["TimestampPath"] == "$.result.until"
                    assert state["result"] == {"until": name.removeprefix("Wait ")}
                case "Parallel":
                    assert spec["ResultPath"] is None
                    ends = [self._run(branch, dict(state), known, True) for branch in spec["Branches"]]
                    known = known.union(*ends)
                case "Choice":
                    assert state["result"]["of"] == name.removeprefix("Choose "), "a stale branch was read"
                    taken = [rule["Next"] for rule in spec["Choices"] if self._matches(rule, state)]
                    name = (*taken, spec["Default"])[0]
                    continue
                case "Pass":
                    pass
            if spec.get("End"):
                assert "Next" not in spec
                assert ("OutputPath" in spec and spec["OutputPath"] is None) == inside
                return known
            name = spec["Next"]

    @staticmethod
    def _matches(rule: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        assert rule["Variable"] == "$.result.branch"
        return bool(rule["StringEquals"] == state["result"]["branch"])

    def _task(
        self, spec: Mapping[str, Any], state: dict[str, Any], known: frozenset[str]
    ) -> tuple[frozenset[str], dict[str, Any]]:
        parameters = spec["Parameters"]
        assert parameters["run.$"] == "$"
        if parameters.get("final"):
            self.finals.append(known.union(parameters["nodes"]))
        for node_id in parameters["nodes"]:
            assert node_id not in self.known_before, "a node runs twice"
            self.known_before[node_id] = known
            known |= {node_id}
        if spec["ResultPath"] is not None:
            assert spec["ResultPath"] == "$.result"
            (node_id,) = parameters["nodes"]
            if spec.get("Next") == f"Wait {node_id}":
                state = {**state, "result": {"until": node_id}}
            else:
                state = {**state, "result": {"of": node_id, "branch": self._branch_of(node_id)}}
        return known, state
