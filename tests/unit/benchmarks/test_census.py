from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.throughput.census import Census, compare

NONE_MISSING = Census(lost=0, surplus=0, miscounted=0, contradicted=0, repeated=0)
COMPLETED = [("a", "completed"), ("b", "completed")]


def records(*execution_ids: str, **attributes: str) -> dict[str, list[dict[str, Any]]]:
    made = {"node_id": {"S": "start"}, "status": {"S": "completed"}, "tries": {"N": "1"}}
    made |= {name: {"N" if name == "tries" else "S": value} for name, value in attributes.items()}
    return {each: [made] for each in execution_ids}


def compared(
    listed: list[tuple[str, str]], total: int = 2, found: dict[str, list[dict[str, Any]]] | None = None
) -> Census:
    return compare({"a", "b"}, listed, total, records("a", "b") if found is None else found, ["start"])


def test_what_is_as_it_should_be_is_not_counted() -> None:
    assert compared(COMPLETED) == NONE_MISSING


def test_what_has_not_completed_or_is_not_listed_is_lost() -> None:
    assert compared([("a", "completed")], total=1) == replace(NONE_MISSING, lost=1, miscounted=1)
    assert compared([("a", "completed"), ("b", "running")]) == replace(NONE_MISSING, lost=1)


def test_what_is_listed_twice_or_unknown_is_surplus() -> None:
    assert compared([*COMPLETED, ("a", "completed")]) == replace(NONE_MISSING, surplus=1)
    assert compared([*COMPLETED, ("c", "completed")], total=3).surplus == 1


def test_records_of_nodes_that_do_not_fit_are_counted() -> None:
    assert compared(COMPLETED, found=records("a")).contradicted == 1
    assert compared(COMPLETED, found=records("a", "b", status="running")).contradicted == 2
    assert compared(COMPLETED, found=records("a", "b", tries="2")) == replace(NONE_MISSING, repeated=2)
