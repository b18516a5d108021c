"""Lists, totals, statistics and conditional reads on the deployed template, as the stream counts."""

from __future__ import annotations

from typing import Any

from tests.e2e.users import User
from tests.waiting import wait_for

QUICK: dict[str, Any] = {"name": "Quick one", "nodes": [{"id": "start", "type": "start"}], "edges": []}


def execute(owner: User, workflow_id: str, *labels: str) -> str:
    body = {"inputs": {}, "labels": list(labels)}
    answer = owner("POST", f"/workflows/{workflow_id}/execute?wait_seconds=20", body)
    assert answer.json()["status"] == "completed", answer.text
    execution_id: str = answer.json()["execution_id"]
    return execution_id


def test_executions_are_counted_and_listed_by_label_when_they_have_ended(owner: User) -> None:
    workflow_id = owner.save(QUICK)
    labelled = execute(owner, workflow_id, "nightly")
    for _ in range(2):
        execute(owner, workflow_id)
    path = f"/executions/stats?workflow_id={workflow_id}&period=hour"
    found = wait_for(
        lambda: owner("GET", path).json(),
        lambda statistics: statistics["started"] == statistics["completed"] == 3,
        seconds=60,
    )
    assert (found["success_rate"], found["failed"]) == (1.0, 0)
    assert found["duration"]["p95"] > 0
    path = f"/executions?workflow_id={workflow_id}&limit=1&status=completed"
    wait_for(lambda: owner("GET", path).json()["total"], lambda total: total == 3, seconds=60)
    path = f"/executions?workflow_id={workflow_id}&label=nightly&status=completed"
    listed = wait_for(lambda: owner("GET", path).json(), lambda page: page["executions"], seconds=60)
    assert [each["execution_id"] for each in listed["executions"]] == [labelled]

    assert owner("DELETE", f"/executions/{labelled}").status == 204
    path = f"/executions/stats?workflow_id={workflow_id}&period=hour"
    wait_for(lambda: owner("GET", path).json()["started"], lambda started: started == 2, seconds=60)


def test_execution_that_has_not_changed_is_not_sent_again(owner: User) -> None:
    execution_id = execute(owner, owner.save(QUICK))
    path = f"/executions/{execution_id}"
    first = wait_for(
        lambda: owner("GET", path), lambda answer: "execution completed" in answer.text, seconds=30
    )
    again = owner("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert owner("GET", path, headers={"If-None-Match": '"other"'}).status == 200


def test_workflows_are_found_by_name_and_paged_through(owner: User) -> None:
    ids = [owner.save({**QUICK, "name": f"Zebra {n}"}) for n in range(3)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = owner("GET", f"/workflows?name=zebra&limit=2{cursor}").json()
        seen += [each["workflow_id"] for each in page["workflows"]]
        assert page["total"] == 3
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids
