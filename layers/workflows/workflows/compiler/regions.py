"""From the decomposition to a plan, with a `Choose` around what only one handle leads to.

Nodes are a region exclusive to a handle when every declared edge into them from outside comes from that
handle: if the node chose another, they are dead, whatever else happens. So the state machine may pass them
over without a Task, and who reads their missing records takes them for skipped. A region is closed by what
follows it in sequence, hence nothing runs beside it that could wait for it. `error` edges never make a
region: whether a node fails is known to the guard only. Nor does what a gate awaits from outside: its
record would be missing for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, chain
from operator import or_

from workflows.compiler.decompose import Leaf, Parallel, Prime, Series, Tree
from workflows.compiler.node_types import NODE_TYPES, is_branching
from workflows.compiler.order import Order, members
from workflows.compiler.plan import Choose, Fork, Segment, Sequence, Step
from workflows.compiler.prime_blocks import PrimeBlocks
from workflows.domain.workflow import ERROR_HANDLE, Graph


def plan_regions(graph: Graph, order: Order, tree: Tree, gate_numbers: Iterator[int]) -> Sequence:
    """Returns the plan of a decomposed graph; its gates are called by the next numbers."""
    return _Planner(graph, order, gate_numbers).plan(tree)


class _Planner:
    def __init__(self, graph: Graph, order: Order, gate_numbers: Iterator[int]) -> None:
        position = {node_id: i for i, node_id in enumerate(order.ids)}
        self._order = order
        self._branching = {position[node.id] for node in graph.nodes if is_branching(node.type)}
        self._incoming: list[list[tuple[int, str | None]]] = [[] for _ in order.ids]
        for edge in graph.edges:
            handle = None if edge.when == ERROR_HANDLE else edge.when
            self._incoming[position[edge.target]].append((position[edge.source], handle))
        suspending = sum(
            1 << position[node.id] for node in graph.nodes if NODE_TYPES[node.type].suspension != "no"
        )
        branching = sum(1 << node for node in self._branching)
        self._prime_blocks = PrimeBlocks(order, suspending, branching, self.plan, gate_numbers)

    def plan(self, tree: Tree) -> Sequence:
        match tree:
            case Leaf(node):
                return (Segment((self._order.ids[node],)),)
            case Series(children):
                return self._plan_series(children)
            case Parallel():
                return self._prime_blocks.plan_parallel(tree)
            case Prime():
                return self._prime_blocks.plan(tree)

    def _fork(self, children: tuple[Tree, ...]) -> Fork:
        return Fork(tuple(self.plan(child) for child in children))

    def _plan_series(self, children: tuple[Tree, ...]) -> Sequence:
        regions = self._exclusive_runs(children)
        # What follows the end of a region is entered without the region's last node, too.
        ends = {last for _, last in regions.values()}
        pieces: list[Sequence] = []
        for i, child in enumerate(children):
            chosen_before = i > 0 and i - 1 not in regions and i - 1 not in ends
            choice = self._choice_between(children[i - 1], child) if chosen_before else None
            if choice:
                pieces[-1] = (self._choosing(children[i - 1]),)
                pieces.append((choice,))
            else:
                pieces.append(self.plan(child))
        # A region adds a Choose behind its node, which an enclosing region counts among its steps.
        first_step = [0, *accumulate(len(piece) + (i in regions) for i, piece in enumerate(pieces))]
        for i, (handle, last) in regions.items():
            past = first_step[last + 1] - first_step[i + 1]
            choice = Choose(self._node_id(children[i]), ((handle, ()),), past)
            pieces[i] = (self._choosing(children[i]), choice)
        return tuple(chain.from_iterable(pieces))

    def _choosing(self, child: Tree) -> Segment:
        return Segment((self._node_id(child),), chooses=True)

    def _node_id(self, child: Tree) -> str:
        (node,) = members(child.nodes)
        return self._order.ids[node]

    def _exclusive_runs(self, children: tuple[Tree, ...]) -> dict[int, tuple[str, int]]:
        """Returns, by index of a branching child, the handle its followers are exclusive to, and the last."""
        runs: dict[int, tuple[str, int]] = {}
        before = [0, *accumulate((child.nodes for child in children), or_)]
        for i in range(len(children) - 2, -1, -1):
            handle = self._only_handle(children[i], children[i + 1])
            if handle is None:
                continue
            last = i + 1
            while last + 1 < len(children) and self._handles_into(
                children[last + 1], before[last + 1] ^ before[i + 1], children[i]
            ) <= {handle}:
                # A node's own run lies inside; stepping over it keeps a chain of conditions linear.
                _, last = runs.get(last + 1, ("", last + 1))
            runs[i] = handle, last
        return runs

    def _choice_between(self, chooser: Tree, child: Tree) -> Step | None:
        """Returns one step for all of a parallel child, with its regions exclusive to a handle as arms."""
        if not isinstance(child, Parallel):
            return None
        arms: dict[str, list[Tree]] = {}
        others: list[Tree] = []
        for part in child.children:
            handle = self._only_handle(chooser, part)
            (others if handle is None else arms.setdefault(handle, [])).append(part)
        if not arms:
            return None
        choice = Choose(
            self._node_id(chooser),
            tuple((handle, self._plan_arm(tuple(parts))) for handle, parts in arms.items()),
        )
        if not others:
            return choice
        return Fork((*(self.plan(part) for part in others), (choice,)))

    def _plan_arm(self, parts: tuple[Tree, ...]) -> Sequence:
        return self.plan(parts[0]) if len(parts) == 1 else (self._fork(parts),)

    def _only_handle(self, chooser: Tree, region: Tree) -> str | None:
        """Returns the handle of a branching node that alone leads into the region, if there is such a one."""
        if not (isinstance(chooser, Leaf) and chooser.node in self._branching):
            return None
        handles = self._handles_into(region, 0, chooser)
        return handles.pop() if len(handles) == 1 else None

    def _handles_into(self, region: Tree, run: int, chooser: Tree) -> set[str | None]:
        """Returns the handles of `chooser` on the edges into a region that goes on from `run`.

        None stands for every edge that is not behind a handle of `chooser`, and for every gate.
        """
        if region.nodes & self._prime_blocks.awaited:
            return {None}
        inside = region.nodes | run
        return {
            handle if chooser.nodes >> source & 1 else None
            for node in members(region.nodes)
            for source, handle in self._incoming[node]
            if not inside >> source & 1
        }
