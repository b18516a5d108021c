"""What became of executions: as the API lists them, and as the records of their nodes say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.deployment import physical_id, session
from tests.e2e.users import User

_PAGE = 100

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Census:
    """How many executions are not as they should be.

    Attributes:
        lost: Accepted, and not listed as completed.
        surplus: Listed more than once, or never accepted.
        miscounted: How far the list's total is from what was accepted.
        contradicted: With other nodes, or nodes in other states, than such an execution has.
        repeated: Nodes that were begun more than once.
    """

    lost: int
    surplus: int
    miscounted: int
    contradicted: int
    repeated: int


def take(
    reader: User, endpoint_url: str, workflow_id: str, accepted: Collection[str], nodes: Collection[str]
) -> Census:
    """Counts what became of the executions of a workflow.

    Args:
        reader: Who may list them all.
        accepted: Their ids, as they were given at acceptance.
        nodes: The nodes of which each has completed all.
    """
    listed, total = _listed(reader, workflow_id)
    return compare(accepted, listed, total, _node_records(endpoint_url, set(accepted)), nodes)


def compare(
    accepted: Collection[str],
    listed: Sequence[tuple[str, str]],
    total: int,
    records: Mapping[str, Sequence[Record]],
    nodes: Collection[str],
) -> Census:
    """Counts what differs.

    Args:
        accepted: Ids.
        listed: Id and status of each that the API lists.
        total: How many that says there are.
        records: Those of nodes, by execution.
        nodes: As of `take`.
    """
    completed = {execution_id for execution_id, status in listed if status == "completed"}
    wanted = Counter((name, "completed") for name in nodes)
    return Census(
        lost=len(set(accepted) - completed),
        surplus=len(listed) - len(set(accepted) & {execution_id for execution_id, _ in listed}),
        miscounted=abs(total - len(accepted)),
        contradicted=sum(_states(records.get(each, [])) != wanted for each in accepted),
        repeated=sum(record["tries"]["N"] != "1" for each in records.values() for record in each),
    )


def count(reader: User, workflow_id: str, status: str) -> int:
    """How many executions of a workflow have a status, as the API counts them."""
    answer = reader("GET", f"/executions?workflow_id={workflow_id}&status={status}&limit=1")
    if answer.status != 200:
        return -1  # Too busy, or too often asked: who waits asks again.
    total: int = answer.json()["total"]
    return total


def _listed(reader: User, workflow_id: str) -> tuple[list[tuple[str, str]], int]:
    """Id and status of each, page by page, and the total."""
    listed: list[tuple[str, str]] = []
    path = following = f"/executions?workflow_id={workflow_id}&limit={_PAGE}"
    while following:
        answer = reader("GET", following)
        if answer.status != 200:
            raise AssertionError(f"{following} answers {answer.status}: {answer.text}")
        page = answer.json()
        listed += [(each["execution_id"], each["status"]) for each in page["executions"]]
        cursor = page.get("next_cursor")
        following = f"{path}&cursor={cursor}" if cursor else ""
    return listed, page["total"]


def _states(records: Iterable[Record]) -> Counter[tuple[str, str]]:
    return Counter((record["node_id"]["S"], record["status"]["S"]) for record in records)


def _node_records(endpoint_url: str, execution_ids: Collection[str]) -> dict[str, list[Record]]:
    dynamodb = session().client("dynamodb", endpoint_url=endpoint_url)
    found: dict[str, list[Record]] = {}
    for page in dynamodb.get_paginator("scan").paginate(
        TableName=physical_id(endpoint_url, "ExecutionsTable")
    ):
        for item in page["Items"]:
            execution_id = item["execution_id"]["S"]
            if execution_id in execution_ids and item["record"]["S"].startswith("node#"):
                found.setdefault(execution_id, []).append(item)
    return found
