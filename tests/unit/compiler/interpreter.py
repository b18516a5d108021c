"""A tiny interpreter of the emitted ASL, written from the specification and knowing nothing of the compiler.

It takes one path through the Choices and writes down what surely happens before what: by the sequence of
states, by the forks and joins of Parallels, and by the gates that the nodes' functions open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

TOKEN_RESOURCE = "arn:aws:states:::lambda:invoke.waitForTaskToken"


def all_states(scope: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields all states in the definition, with their names."""
    for name, state in scope["States"].items():
        yield name, state
        for inner in scopes_in(state):
            yield from all_states(inner)


def scopes_in(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the scopes with states of their own that a state holds: branches, or what does its items."""
    return [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())]


def all_scopes(scope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the scope and all within it."""
    yield scope
    for state in scope["States"].values():
        for inner in scopes_in(state):
            yield from all_scopes(inner)


def payload_of(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns what the Task's function gets."""
    parameters = task["Parameters"]
    if task["Resource"] == TOKEN_RESOURCE:
        assert parameters["FunctionName"].startswith("workflows-")
        assert parameters["Payload"]["token.$"] == "$$.Task.Token"
        assert parameters["Payload"].get("awaits") or parameters["Payload"]["nodes"]
        return dict(parameters["Payload"])
    assert not {"gate", "token.$"} & parameters.keys(), "nothing would keep the Task from going on"
    return dict(parameters)


def all_payloads(machine: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [payload_of(state) for _, state in all_states(machine) if state["Type"] == "Task"]


def all_nodes(machine: Mapping[str, Any]) -> list[str]:
    """Returns the nodes of all Tasks in the definition."""
    return [node_id for payload in all_payloads(machine) for node_id in payload.get("nodes", [])]


class Execution:
    """One execution of a state machine.

    Attributes:
        known_before: Per node whose Task ran, the nodes that are surely settled before it begins.
        finals: The nodes surely settled at the end of each Task marked `final`.
    """

    def __init__(self, machine: Mapping[str, Any], branch_of: Callable[[str], str]) -> None:
        self.known_before: dict[str, frozenset[str]] = {}
        self.finals: list[frozenset[str]] = []
        self._branch_of = branch_of
        # An event is an index: what comes directly before it, and which node is settled by it, if any.
        self._before: list[list[int]] = []
        self._settles: list[str | None] = []
        self._begins: dict[str, int] = {}
        self._ends: list[int] = []
        self._waits: dict[str, tuple[int, list[str]]] = {}
        self._openers: dict[str, dict[str, int]] = {}
        self._run(machine, {}, self._event(), inside=False)
        self._link_gates()
        self._order_events()

    def _event(self, *before: int, settles: str | None = None) -> int:
        self._before.append(list(before))
        self._settles.append(settles)
        return len(self._before) - 1

    def _run(self, scope: Mapping[str, Any], state: dict[str, Any], event: int, inside: bool) -> int:
        name = scope["StartAt"]
        while True:
            spec = scope["States"][name]
            match spec["Type"]:
                case "Task":
                    event, state = self._task(spec, state, event)
                case "Wait":
                    assert spec["TimestampPath"] == "$.result.until"
                    assert state["result"] == {"until": name.removeprefix("Wait ")}
                    event = self._event(event, settles=name.removeprefix("Wait "))
                case "Parallel":
                    assert spec["ResultPath"] is None
                    ends = [self._run(branch, dict(state), event, True) for branch in spec["Branches"]]
                    event = self._event(*ends)
                case "Choice":
                    assert state["result"]["of"] == name.removeprefix("Choose "), "a stale branch was read"
                    taken = [rule["Next"] for rule in spec["Choices"] if self._matches(rule, state)]
                    name = (*taken, spec["Default"])[0]
                    continue
                case "Pass":
                    pass
            if spec.get("End"):
                assert "Next" not in spec
                if spec["Type"] != "Task":
                    assert inside
                    assert spec["OutputPath"] is None
                elif inside:
                    assert "ResultPath" not in spec, "the branch would hand the state on"
                return event
            name = spec["Next"]

    @staticmethod
    def _matches(rule: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        assert rule["Variable"] == "$.result.branch"
        return bool(rule["StringEquals"] == state["result"]["branch"])

    def _task(self, spec: Mapping[str, Any], state: dict[str, Any], event: int) -> tuple[int, dict[str, Any]]:
        payload = payload_of(spec)
        assert payload["run.$"] == "$"
        waits_next = str(spec.get("Next", "")).startswith("Wait ")
        for node_id in payload.get("settles", ()):
            assert self._settles[event] == node_id, "only a Wait just before makes a delay ready to settle"
            event = self._open(payload, node_id, self._event(event))
        nodes = payload.get("nodes", [])
        for node_id in nodes:
            assert node_id not in self._begins, "a node runs twice"
            event = self._begins[node_id] = self._event(event)
            if not (waits_next and node_id == nodes[-1]):
                event = self._open(payload, node_id, self._event(event, settles=node_id))
        asks = "token.$" in payload and "gate" not in payload
        assert set(payload.get("opens", ())) <= {
            *payload.get("settles", ()),
            *(nodes[:-1] if asks else nodes),
        }
        if gate := payload.get("gate"):
            assert gate not in self._waits, "two gates have one id"
            event = self._event(event)
            self._waits[gate] = event, payload["awaits"]
        if payload.get("final"):
            self._ends.append(event)
        reads_branch = spec.get("ResultPath") is not None and not waits_next
        assert payload.get("chooses", False) == reads_branch, "the branch is not returned, or in vain"
        if spec.get("ResultPath") is not None:
            assert spec["ResultPath"] == "$.result"
            assert "gate" not in payload, "a token's output is not the function's"
            node_id = nodes[-1]
            if waits_next:
                assert spec["Next"] == f"Wait {node_id}"
                state = {**state, "result": {"until": node_id}}
            else:
                state = {**state, "result": {"of": node_id, "branch": self._branch_of(node_id)}}
        return event, state

    def _open(self, payload: Mapping[str, Any], node_id: str, event: int) -> int:
        gates = payload.get("opens", {}).get(node_id, [])
        assert gates == sorted(set(gates))
        for gate_id in gates:
            self._openers.setdefault(gate_id, {})[node_id] = event
        return event

    def _link_gates(self) -> None:
        for gate_id, (event, awaits) in self._waits.items():
            assert len(set(awaits)) == len(awaits)
            assert set(self._openers.get(gate_id, {})) == set(awaits), "a gate would never open, or in vain"
            self._before[event] += self._openers[gate_id].values()

    def _order_events(self) -> None:
        """Follows the events in order; sets of nodes are bitsets here, or 1,000 nodes would take minutes."""
        node_ids = list(self._begins)
        position = {node_id: i for i, node_id in enumerate(node_ids)}
        after: list[list[int]] = [[] for _ in self._before]
        missing = [len(before) for before in self._before]
        for event, before in enumerate(self._before):
            for earlier in before:
                after[earlier].append(event)
        known = [0] * len(self._before)
        ready = [event for event, count in enumerate(missing) if not count]
        for event in ready:
            settled = self._settles[event]
            if settled is not None:
                known[event] |= 1 << position[settled]
            for later in after[event]:
                known[later] |= known[event]
                missing[later] -= 1
                if not missing[later]:
                    ready.append(later)
        assert len(ready) == len(self._before), "the execution waits for itself"

        def names(nodes: int) -> frozenset[str]:
            return frozenset(node_id for i, node_id in enumerate(node_ids) if nodes >> i & 1)

        self.known_before = {node_id: names(known[event]) for node_id, event in self._begins.items()}
        self.finals = [names(known[event]) for event in self._ends]
