"""The data that a node's expressions may name. Nothing is fetched before an expression names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workflows.adapters.executions import Snapshot
from workflows.adapters.payloads import PayloadStore
from workflows.compiler.expressions import analyse
from workflows.domain.liveness import live_sources
from workflows.domain.loop import Place, places
from workflows.domain.node_record import NodeRecord
from workflows.domain.payload import Payload
from workflows.domain.workflow import JsonValue, NodeSpec
from workflows.runtime.expressions import Lookup
from workflows.runtime.masks import Masks

_NAMES_INPUT = re.compile(r"\binput\b")
_NAMES_NODES = re.compile(r"\bnodes\b")
_NAMES_ITEM = re.compile(r"\bitem\b")
_NAMES_INDEX = re.compile(r"\bindex\b")
_MAX_FROZEN = 4
_MAX_FROZEN_BYTES = 4 * 1024 * 1024
_frozen: dict[tuple[str, str], JsonValue] = {}


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

    def anew(self) -> PayloadReader:
        """One that remembers nothing."""
        return PayloadReader(self.store, self.execution_id)

    def read_frozen(self, payload: Payload) -> JsonValue:
        """What never changes, and many invocations read: the items of a loop."""
        key = self.execution_id, payload.name
        if key not in _frozen:
            if len(_frozen) >= _MAX_FROZEN:
                _frozen.clear()
            value = self.read(payload)
            if payload.size_bytes > _MAX_FROZEN_BYTES:
                return value
            _frozen[key] = value
        return _frozen[key]

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
        snapshot: The execution, and the records of the node's predecessors, of the nodes it reads, and of the
            loop around it.
        path: The loop iterations around it.
        secret: Reads a secret by its name; None where the node's expressions name none.
        secret_masks: Hides those that have been read.
        known: What expressions may name besides.
    """

    spec: NodeSpec
    snapshot: Snapshot
    payloads: PayloadReader
    path: str = ""
    secret: Callable[[str], str] | None = None
    secret_masks: Masks = field(default_factory=Masks)
    known: Mapping[str, JsonValue] = field(default_factory=dict)

    def lookup(self, source: str) -> Mapping[str, JsonValue]:
        """The data for one expression: the inputs and variables, and what else its text names."""
        data: dict[str, JsonValue] = {"inputs": self.inputs, "variables": self.variables}
        if _NAMES_INPUT.search(source):
            data["input"] = self.input
        if _NAMES_NODES.search(source):
            data["nodes"] = self.nodes
        # By its syntax, not its text: it gets what it names, however that is spelled, and nothing else.
        if self.secret and (named := analyse(source).secrets):
            data["secrets"] = {name: self.secret(name) for name in sorted(named)}
        if self.place and _NAMES_INDEX.search(source):
            data["index"] = self.place.index
        if self.place and _NAMES_ITEM.search(source):
            data["item"] = self.item
        return {**data, **self.known}

    def lookup_with(self, known: Mapping[str, JsonValue]) -> Lookup:
        """The same, with what is known besides."""
        return (lambda source: {**self.lookup(source), **known}) if known else self.lookup

    @property
    def inputs(self) -> JsonValue:
        return self.payloads.read(self.snapshot.execution.inputs)

    @property
    def variables(self) -> JsonValue:
        """The workflow's variables, overlaid by inputs of the same name."""
        return self.payloads.read(self.snapshot.execution.variables)

    @cached_property
    def input(self) -> JsonValue:
        """The sole live predecessor's output; with several, an object by node id.

        A source's: the inputs; in a loop, the item, or what the last turn made of the loop's input.
        """
        if not self.spec.incoming:
            return self.item if self.place else self.inputs
        sources = self.live_sources
        if len(sources) == 1:
            return self._output(sources[0])
        return {source: self._output(source) for source in sources}

    @property
    def input_payload(self) -> Payload | None:
        """Where `input` is stored already: as an output, as the inputs, or as what goes round."""
        if not self.spec.incoming and not self.place:
            return self.snapshot.execution.inputs
        if not self.spec.incoming:
            return self._loop.output if self._loop.is_turning else None
        sources = self.live_sources
        return self.snapshot.nodes[sources[0]].output if len(sources) == 1 else None

    @cached_property
    def place(self) -> Place | None:
        """Of a node in a loop: which iteration it is of."""
        found = places(self.path)
        return found[-1] if found else None

    @cached_property
    def item(self) -> JsonValue:
        """The item of a node in a `for_each` loop; in others, what goes round."""
        assert self.place is not None
        assert self._loop.output is not None
        if self._loop.is_turning:
            return self.payloads.read(self._loop.output)
        return self.payloads.read_frozen(self._loop.output)[self.place.index]

    @property
    def _loop(self) -> NodeRecord:
        assert self.place is not None
        return self.snapshot.nodes[self.place.loop_id]

    @cached_property
    def live_sources(self) -> tuple[str, ...]:
        return live_sources(self.spec.incoming, self.snapshot.nodes)

    @cached_property
    def nodes(self) -> dict[str, JsonValue]:
        read = (*self.spec.reads, *self.spec.outer_reads)
        return {node_id: {"output": self._output(node_id)} for node_id in read}

    def _output(self, node_id: str) -> JsonValue:
        record = self.snapshot.nodes.get(node_id)
        return None if record is None or record.output is None else self.payloads.read(record.output)
