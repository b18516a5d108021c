"""Prime blocks: what decomposes neither in series nor in parallel becomes branches with gates between them.

An element (a maximal module) starts the moment its own predecessors are settled. Every wait follows the
partial order, as does the sequence within each branch, so no set of branches can wait in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from workflows.compiler.decompose import MAX_PARALLEL_DEPTH, Leaf, Parallel, Prime, Series, Tree
from workflows.compiler.elements import first_of, last_nodes, opened
from workflows.compiler.forest import Forest, Group, cover
from workflows.compiler.order import Order, members
from workflows.compiler.plan import Fork, Gate, Segment, Sequence, Step


class PrimeBlocks:
    """Plans prime blocks, one inside another.

    Attributes:
        awaited: The set of nodes that some gate awaits: they must be settled, whatever happens.
    """

    def __init__(
        self,
        order: Order,
        suspending: int,
        kept_whole: int,
        plan: Callable[[Tree], Sequence],
        gate_numbers: Iterator[int],
    ) -> None:
        self.awaited = 0
        self._order = order
        self._suspending = suspending
        self._kept_whole = kept_whole | suspending
        self._plan = plan
        self._gate_numbers = gate_numbers

    def plan(self, block: Prime) -> Sequence:
        """Returns the plan of a block; `plan` as given plans its elements."""
        if not block.forks_left:
            return self._cover(block.elements, 0)
        return self._cover(opened(self._order, block.elements, self._kept_whole), block.forks_left)

    def plan_parallel(self, block: Parallel) -> Sequence:
        """Returns the plan of what decomposes in parallel: its branches may share a start, as above."""
        elements = opened(self._order, block.children, self._kept_whole)
        if len(elements) == len(block.children):
            return (Fork(tuple(self._plan(child) for child in block.children)),)
        return self._cover(elements, MAX_PARALLEL_DEPTH)

    def _cover(self, elements: Iterable[Tree], max_forks: int) -> Sequence:
        trees = {first_of(element): element for element in elements}
        can_wait = sum(1 << first for first, tree in trees.items() if self._can_wait(tree))
        forest = cover(self._order, list(trees), can_wait, max_forks)
        return (Fork(tuple(_Block(self, trees, forest).branches())),)

    def plan_element(self, element: Tree) -> Sequence:
        """Returns the plan of an element, once all that is awaited in it is known."""
        return self._plan(element)

    def gate(self, elements: list[Tree]) -> Gate:
        """Returns a new gate that awaits the elements: whatever nothing else of them comes after."""
        last = [node for element in elements for node in last_nodes(self._order, element)]
        self.awaited |= sum(1 << node for node in last)
        return Gate(f"g{next(self._gate_numbers)}", tuple(self._order.ids[node] for node in sorted(last)))

    def _can_wait(self, element: Tree) -> bool:
        """Whether the element ends in a Task that nothing but its gate need follow."""
        last = element.children[-1] if isinstance(element, Series) else element
        return isinstance(last, Leaf) and not self._suspending & last.nodes


class _Block:
    def __init__(self, blocks: PrimeBlocks, trees: dict[int, Tree], forest: Forest) -> None:
        self._blocks = blocks
        self._trees = trees
        self._forest = forest
        # All gates come first: what they await shapes the plans of the elements.
        self._gates = {group: self._gate(None, group) for group in forest.roots}
        self._gates |= {group: self._gate(host, group) for host, group in forest.hosted.items()}

    def branches(self) -> Iterator[Sequence]:
        sources, *others = self._forest.roots
        for element in sources.elements:
            yield tuple(self._from(element))
        for group in others:
            yield tuple(self._behind_gate(group))

    def _from(self, element: int) -> Iterator[Step]:
        """Yields an element and all that follows it in its branch."""
        following: int | None = element
        while following is not None:
            yield from self._blocks.plan_element(self._trees[following])
            group = self._forest.hosted.get(following)
            following = None
            if group and len(group.elements) == 1:
                yield from self._gate_steps(group)
                (following,) = group.elements
            elif group:
                yield from self._behind_gate(group)

    def _behind_gate(self, group: Group) -> Iterator[Step]:
        yield from self._gate_steps(group)
        if len(group.elements) == 1:
            yield from self._from(group.elements[0])
        else:
            yield Fork(tuple(tuple(self._from(element)) for element in group.elements))

    def _gate_steps(self, group: Group) -> Iterator[Step]:
        gate = self._gates[group]
        if gate:
            yield Segment((), gate=gate)

    def _gate(self, host: int | None, group: Group) -> Gate | None:
        others = group.predecessors if host is None else group.predecessors & ~(1 << host)
        return self._blocks.gate([self._trees[element] for element in members(others)]) if others else None
