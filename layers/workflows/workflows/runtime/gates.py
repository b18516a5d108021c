"""Exit gates: a branch waits there for nodes of others, and goes on the moment the last one is settled.

Who waits writes its token, then reads the awaited nodes; who settles a node writes its record, then reads
the gate. Each writes before it reads, and both reads are consistent, so the later of the two sees the
other: whatever the order, and whatever crashes and is repeated in between, one of them opens the gate.
Both may; the second success finds a dead token.
"""

from __future__ import annotations

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.task_tokens import send_success
from workflows.domain.gate import Gate, own_gate
from workflows.domain.node_record import NodeRecord
from workflows.runtime.guard import NodeGuard
from workflows.runtime.segment import Segment
from workflows.runtime.stores import Stores

_FIRST_READ = 2
_MOST_READ = 100
"""Records read in one BatchGet; how many at first."""


def wait_for_answer(token: str, guard: NodeGuard, record: NodeRecord) -> NodeRecord:
    """Let a Task wait for the answer to its last node, unless that is settled already: its record."""
    if record.is_asking:
        segment, node_id = guard.segment, record.node_id
        guard.stores.gates.add_token(segment.execution_id, segment.path, own_gate(node_id), (node_id,), token)
        # Whoever answers writes the record and then reads the token: one of us sees the other.
        record = guard.settle()
    if not record.is_asking:
        send_success(token, record.branch or "")
    return record


def wait_at_gate(segment: Segment, stores: Stores) -> None:
    """Let the segment's Task wait at its gate, unless what it awaits is settled already."""
    assert segment.gate is not None
    ahead = segment.gate
    gate = stores.gates.add_token(
        segment.execution_id, segment.path, ahead.gate_id, ahead.awaits, ahead.token
    )
    _open_if_settled(gate, stores, ahead.token)


def try_gates(segment: Segment, node_id: str, stores: Stores) -> None:
    """Open the gates that wait for `node_id`, which is settled now, and for nothing else any more."""
    gate_ids = segment.opens.get(node_id, ())
    if gate_ids:
        for gate in stores.gates.read(segment.execution_id, segment.path, gate_ids):
            _open_if_settled(gate, stores)


def _open_if_settled(gate: Gate, stores: Stores, own_token: str | None = None) -> None:
    # The last first, few at first, and no further than to one that is not settled: a wide gate is tried by
    # every node that it awaits, mostly in vain.
    end, count = len(gate.awaits), _FIRST_READ
    while end > 0:
        awaits = gate.awaits[max(0, end - count) : end]
        records = stores.executions.read_records(gate.execution_id, gate.path, awaits)
        if not all(node_id in records and records[node_id].is_settled for node_id in awaits):
            return
        end, count = end - count, min(2 * count, _MOST_READ)
    failures = []
    # The latest first, as the others are dead mostly; one that cannot be told keeps none of them waiting.
    for token in reversed(gate.tokens):
        try:
            send_success(token)
        except SERVICE_FAILURES as error:
            failures.append(error)
        else:
            if token == own_token:
                return
    if failures:
        raise failures[0]
