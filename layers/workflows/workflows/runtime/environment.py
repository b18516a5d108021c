"""The data that a node's expressions may name. Nothing is fetched before an expression names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workflows.adapters.executions import Snapshot
from workflows.adapters.payloads import PayloadStore
from workflows.domain.liveness import live_sources
from workflows.domain.payload import Payload
from workflows.domain.workflow import JsonValue, NodeSpec

_NAMES_INPUT = re.compile(r"\binput\b")
_NAMES_NODES = re.compile(r"\bnodes\b")


@dataclass
class PayloadReader:
    """Reads an execution's payloads, each at most once an invocation."""

    store: PayloadStore
    execution_id: str
    _values: dict[str, JsonValue] = field(default_factory=dict)

    def read(self, payload: Payload) -> JsonValue:
        if payload.name not in self._values:
            self._values[payload.name] = self.store.get(self.execution_id, payload)
        return self._values[payload.name]

    def write(self, name: str, value: JsonValue) -> Payload:
        """Store `value` under `name`.

        Raises:
            ValueError, TypeError: It is not JSON.
        """
        payload = self.store.put(self.execution_id, name, value)
        self._values[name] = value
        return payload


@dataclass
class Environment:
    """What is in reach of one node of an execution.

    Attributes:
        snapshot: The execution, and the records of the node's predecessors and of the nodes it reads.
    """

    spec: NodeSpec
    snapshot: Snapshot
    payloads: PayloadReader

    def lookup(self, source: str) -> Mapping[str, JsonValue]:
        """The data for one expression: the inputs and variables, and what else its text names."""
        data: dict[str, JsonValue] = {"inputs": self.inputs, "variables": self.variables}
        if _NAMES_INPUT.search(source):
            data["input"] = self.input
        if _NAMES_NODES.search(source):
            data["nodes"] = self.nodes
        return data

    @property
    def inputs(self) -> JsonValue:
        return self.payloads.read(self.snapshot.execution.inputs)

    @property
    def variables(self) -> JsonValue:
        """The workflow's variables, overlaid by inputs of the same name."""
        return self.payloads.read(self.snapshot.execution.variables)

    @cached_property
    def input(self) -> JsonValue:
        """The sole live predecessor's output; with several, an object by node id; a source's: the inputs."""
        if not self.spec.incoming:
            return self.inputs
        sources = self.live_sources
        if len(sources) == 1:
            return self._output(sources[0])
        return {source: self._output(source) for source in sources}

    @property
    def input_payload(self) -> Payload | None:
        """Where `input` is stored already: as one predecessor's output, or as the inputs."""
        if not self.spec.incoming:
            return self.snapshot.execution.inputs
        sources = self.live_sources
        return self.snapshot.nodes[sources[0]].output if len(sources) == 1 else None

    @cached_property
    def live_sources(self) -> tuple[str, ...]:
        return live_sources(self.spec.incoming, self.snapshot.nodes)

    @cached_property
    def nodes(self) -> dict[str, JsonValue]:
        return {node_id: {"output": self._output(node_id)} for node_id in self.spec.reads}

    def _output(self, node_id: str) -> JsonValue:
        record = self.snapshot.nodes.get(node_id)
        return None if record is None or record.output is None else self.payloads.read(record.output)
