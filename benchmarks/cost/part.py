"""What a million executions cost at AWS's list prices, beside other ways to run the same on Step Functions.

Each workflow is executed on moto, from the authorizer to the archive of its log, with all that happens
behind the scenes; calls, units, transitions and bytes are counted, and paid by `tests/costs/prices.json`.
Memory is that of the template; durations are assumed: 5 ms a call of AWS, 10 ms an invocation besides, and
100 ms for the server of an `http` node. By hand: a Task for each node with a bare function of 128 MB, a
condition is a Choice, and neither records nor logs of executions are kept. Naive: each node has two more
states, which write its start and end. Changes are counted at once where they come within two seconds. Left
out are cold starts, free tiers, and what costs the same each month (alarms, firewall, the reconciler).
"""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from io import StringIO
from operator import itemgetter

from benchmarks.rows import Rows
from tests.costs.bill import COUNTING, Bill, StatesByHand, total
from tests.costs.prices import date, dollars_per_million
from tests.costs.shapes import CHAIN, SHAPES, Shape
from tests.costs.stack import stack
from tests.costs.usage import Counting, bill, counting
from tests.integration.aws import ENVIRONMENT

MAX_SHARE = 55
_START_AND_END = 2


def measure(rows: Rows) -> None:
    """Executes each workflow, and puts what it costs and of what."""
    os.environ |= ENVIRONMENT
    rows.add("prices of us-east-1, as of", date())
    # Nodes print their logs.
    with redirect_stdout(StringIO()), stack() as measuring:
        with measuring.metering("counting") as meter:
            counted = counting(meter)
        for shape in SHAPES:
            measuring.empty()
            with measuring.metering(shape.name) as meter:
                _put(rows, shape, bill(meter, shape), counted)


def _put(rows: Rows, shape: Shape, most: Bill, counted: Counting) -> None:
    hand = shape.by_hand
    by_hand = total(hand.bill)
    ours = {**most, COUNTING: counted.alone}
    together = total({**most, COUNTING: counted.together})
    rows.add(f"{shape.name}: a million", _dollars(total(ours)))
    for component, cost in sorted(ours.items(), key=itemgetter(1), reverse=True):
        rows.add(f"  {component}", _dollars(cost))
    rows.add("  in all, counted with 24 others", _dollars(together))
    rows.add("  in all, each change counted alone", _dollars(total(most)))
    rows.add("  by hand", _dollars(by_hand))
    rows.add("  by hand, with an API in front", _dollars(by_hand + hand.api))
    rows.add("  by hand, with that and the records that we keep", _dollars(hand.with_records_of(ours)))
    rows.add("  naive, with an API in front", _dollars(hand.naive))
    rows.add("  ours beside naive", f"{total(ours) / hand.naive:.0%}")
    if shape is not CHAIN:
        rows.add("  ours beside by hand", f"{total(ours) / by_hand:.0%}")
        return
    folded = StatesByHand(http=hand.http)
    rows.add("  by hand, inline nodes written into the `http` Tasks", _dollars(total(folded.bill)))
    reason = (
        f"counting costs {_dollars(most[COUNTING])} where each change has a batch of its own, not "
        f"{_dollars(counted.alone)}; that is so where nodes take seconds and hardly anything else runs"
    )
    for how, cost in (
        ("", total(ours)),
        (", counted with 24 others", together),
        (", each change counted alone", total(most)),
    ):
        rows.at_most(f"  ours beside by hand{how}", 100 * cost / by_hand, MAX_SHARE, "{:.1f} %", reason)

    each_way = dollars_per_million("transition", _START_AND_END)
    share = (total(ours) + each_way) / (by_hand + each_way)
    rows.add("  ours beside by hand, were start and end of an execution transitions, too", f"{share:.1%}")


def _dollars(amount: float) -> str:
    return f"${amount:.2f}"
