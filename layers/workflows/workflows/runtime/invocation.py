"""One invocation of a node function: what all that it does shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.domain.workflow import NodeSpec
from workflows.runtime.environment import PayloadReader
from workflows.runtime.guard import NodeGuard
from workflows.runtime.node import NodeFunction
from workflows.runtime.segment import Segment
from workflows.runtime.specs import load_specs
from workflows.runtime.stores import Stores


@dataclass(frozen=True, slots=True)
class Invocation:
    """
    Attributes:
        functions: By node type.
        deadline: Unix time at which the function is killed.
    """

    segment: Segment
    functions: Mapping[str, NodeFunction]
    stores: Stores
    payloads: PayloadReader
    deadline: float

    def specs(self, node_ids: Sequence[str]) -> dict[str, NodeSpec]:
        """The specs of some nodes, by id."""
        return load_specs(self.segment, node_ids, self.stores)

    def guard(self, spec: NodeSpec, segment: Segment | None = None) -> NodeGuard:
        """The guard around a node; of this segment, unless another one is given."""
        return NodeGuard(
            segment or self.segment, spec, self.functions, self.stores, self.payloads, self.deadline
        )
