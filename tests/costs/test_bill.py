"""What executions cost altogether, beside what is written by hand: `benchmarks/cost` shows it all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.costs.bill import COUNTING, total
from tests.costs.prices import date, prices
from tests.costs.shapes import ABREAST, BRANCHES, CHAIN, Shape
from tests.costs.stack import Stack, stack
from tests.costs.usage import bill, counting


@pytest.fixture(scope="module")
def measuring() -> Iterator[Stack]:
    with stack() as made:
        yield made


def _share(measuring: Stack, shape: Shape) -> float:
    """What one costs, its changes counted at once, beside hand-written ASL that has no API in front."""
    measuring.empty()
    with measuring.metering(shape.name) as meter:
        ours = bill(meter, shape)
        ours[COUNTING] = counting(meter).alone
    return total(ours) / total(shape.by_hand.bill)


def test_ten_nodes_of_which_six_are_inline_cost_little_more_than_half_of_hand_written(
    measuring: Stack,
) -> None:
    assert _share(measuring, CHAIN) <= 0.55


def test_branches_cost_no_more_than_hand_written(measuring: Stack) -> None:
    assert _share(measuring, BRANCHES) <= 1


def test_ten_nodes_side_by_side_cost_less_than_an_engine_that_writes_states_by_states(
    measuring: Stack,
) -> None:
    ours = _share(measuring, ABREAST) * total(ABREAST.by_hand.bill)
    assert ours < 0.6 * ABREAST.by_hand.naive


def test_each_price_has_a_page_of_aws_and_they_have_a_date() -> None:
    assert len(date()) == len("2026-11-27")
    assert all(price.source.startswith("https://aws.amazon.com/") for price in prices().values())
