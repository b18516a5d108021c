"""What everything costs: `docs/costs.md` has it, and `tests.costs.update` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.costs import document
from tests.costs.scenarios import SCENARIOS
from tests.costs.stack import Stack, stack

TEXT = document.PATH.read_text()


@pytest.fixture(scope="module")
def measuring() -> Iterator[Stack]:
    with stack() as made:
        yield made


@pytest.mark.parametrize("name", SCENARIOS)
def test_operation_costs_what_the_document_says(measuring: Stack, name: str) -> None:
    assert document.difference(TEXT, document.with_figures(TEXT, name, measuring.measure(name))) == []


def test_document_has_each_operation_once_and_no_other() -> None:
    assert sorted(document.names(TEXT)) == sorted(SCENARIOS)


def test_document_has_the_prices_that_it_is_worked_out_by() -> None:
    assert document.difference(TEXT, document.with_prices(TEXT)) == []


def test_each_call_has_its_reason() -> None:
    assert f"| {document.UNSAID} |" not in TEXT
