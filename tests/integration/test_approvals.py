"""Approvals: asked, answered by who may, expired, and never asked twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.integration.conftest import Answer, World, flow
from tests.integration.state_machine import ExecutionFailed, StateMachine, Waiting
from workflows.adapters.gates import GateStore

Answers = dict[str, dict[str, str]]

FORM = {
    "type": "object",
    "required": ["comment"],
    "properties": {"comment": {"type": "string", "minLength": 3}},
    "additionalProperties": False,
}


def asking(**config: Any) -> dict[str, Any]:
    ask = {"id": "ask", "type": "approval", "config": {"message": "Ship {{inputs.what}}?", **config}}
    yes = {"id": "yes", "type": "transform", "config": {"value": {"shipped": "{{input.by}}"}}}
    no = {"id": "no", "type": "transform", "config": {"value": "{{input}}"}}
    start = {"id": "start", "type": "start"}
    edges = [("start", "ask"), ("ask", "yes", "approved"), ("ask", "no", "rejected")]
    return flow(start, ask, yes, no, edges=edges)


def asked(world: World, answers: Answers, definition: dict[str, Any], **inputs: Any) -> str:
    """An execution that waits for an answer."""
    execution_id = world.accept(world.save(definition), {"what": "lamps", **inputs})
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    return execution_id


def answer(
    world: World, execution_id: str, decision: str = "approved", *, user: str | None = "owner", **options: Any
) -> Answer:
    role = options.pop("role", "user")
    path = {"execution_id": execution_id, "node_id": options.pop("node_id", "ask")}
    body = {"decision": decision, **options}
    return world.call("complete_node", path=path, body=body, user=user, role=role)


def go_on(world: World, execution_id: str, answers: Answers) -> StateMachine:
    """Run the machine from its start: what is settled is passed over."""
    return world.finish(execution_id, answers=answers)


def test_what_is_asked_is_shown_and_the_answer_goes_on(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking(form=FORM))
    execution = world.get(execution_id)
    node = execution["nodes"]["ask"]
    assert (execution["status"], node["status"]) == ("running", "waiting")
    assert node["approval"] == {"message": "Ship lamps?", "approvers": [], "form": FORM}
    given = answer(world, execution_id, data={"comment": "fine"})
    assert given.status == 200
    assert given.json["decision"] == "approved"
    assert [sent["output"] for sent in answers.values()] == ['{"branch": "approved"}']
    go_on(world, execution_id, answers)
    execution = world.get(execution_id)
    assert execution["status"] == "completed"
    assert execution["result"] == {"yes": {"shipped": "owner"}}
    assert execution["nodes"]["no"]["status"] == "skipped"
    messages = [line["message"] for line in execution["latest_logs"] if line["node_id"] == "ask"]
    assert "approved by owner" in messages


def test_rejection_takes_the_other_way(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking())
    assert answer(world, execution_id, "rejected", data={"why": "no"}).status == 200
    go_on(world, execution_id, answers)
    result = world.get(execution_id)["result"]["no"]
    assert (result["decision"], result["by"], result["data"]) == ("rejected", "owner", {"why": "no"})


@pytest.mark.parametrize(
    ("approvers", "user", "role", "status"),
    [
        (None, "owner", "user", 200),
        (None, "root", "admin", 200),
        (None, "other", "user", 404),
        (None, None, "user", 404),
        (["ada"], "ada", "user", 200),
        (["ada"], "other", "user", 404),
        (["owner"], "owner", "user", 200),
        (["ada"], "owner", "user", 403),
        (["ada"], "root", "admin", 200),
        ("{{inputs.who}}", "owner", "user", 200),
    ],
)
def test_who_may_answer(
    world: World, answers: Answers, approvers: Any, user: str | None, role: str, status: int
) -> None:
    config = {} if approvers is None else {"approvers": approvers}
    execution_id = asked(world, answers, asking(**config), who=["owner"])
    assert answer(world, execution_id, user=user, role=role).status == status


@pytest.mark.parametrize(("user", "status"), [("ada", 200), ("other", 403), (None, 401), ("owner", 403)])
def test_approver_of_a_public_workflow_need_not_own_it(
    world: World, answers: Answers, user: str | None, status: int
) -> None:
    definition = {**asking(approvers=["ada"]), "visibility": "public"}
    execution_id = asked(world, answers, definition)
    assert answer(world, execution_id, user=user).status == status


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({"decision": "maybe"}, 400, ["/decision"]),
        ({"decision": "approved", "data": {"comment": "x"}}, 422, ["/data/comment"]),
        ({"decision": "approved"}, 422, ["/data"]),
        ({"decision": "approved", "data": []}, 422, ["/data"]),
        ({"decision": "approved", "data": {"comment": "fine", "more": 1}}, 422, ["/data"]),
        ({"decision": "approved", "path": "loop[x]/"}, 400, ["/path"]),
        ({}, 400, ["/decision"]),
    ],
)
def test_answer_that_is_none_is_told(
    world: World, answers: Answers, body: dict[str, Any], status: int, pointers: list[str]
) -> None:
    execution_id = asked(world, answers, asking(form=FORM))
    path = {"execution_id": execution_id, "node_id": "ask"}
    given = world.call("complete_node", path=path, body=body)
    assert (given.status, [error["pointer"] for error in given.json["errors"]]) == (status, pointers)
    assert world.get(execution_id)["nodes"]["ask"]["status"] == "waiting"
    assert answers == {}


def test_second_answer_is_refused_and_the_same_one_heals(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking())
    assert answer(world, execution_id).status == 200
    answers.clear()
    assert answer(world, execution_id).status == 200
    assert len(answers) == 1
    assert answer(world, execution_id, "rejected").status == 409
    assert answer(world, execution_id, user="root", role="admin").status == 409
    assert world.get(execution_id)["nodes"]["ask"]["branch"] == "approved"


@pytest.mark.parametrize("node_id", ["start", "yes", "nobody", "a b", "x" * 80])
def test_other_nodes_wait_for_no_answer(world: World, answers: Answers, node_id: str) -> None:
    execution_id = asked(world, answers, asking())
    assert answer(world, execution_id, node_id=node_id).status in (404, 409)


def test_answer_before_its_task_waits_is_not_lost(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the record that says that it waits and the token by which to tell."""
    execution_id = world.accept(world.save(asking()), {"what": "lamps"})
    add_token = GateStore.add_token

    def add_late(self: GateStore, *arguments: Any) -> Any:
        assert answer(world, execution_id).status == 200
        assert answers == {}
        return add_token(self, *arguments)

    monkeypatch.setattr(GateStore, "add_token", add_late)
    world.finish(execution_id, answers=answers)
    assert world.get(execution_id)["status"] == "completed"


def expired(world: World, execution_id: str, answers: Answers, seconds: float) -> None:
    """Step Functions' time-out of the Task, so much later: the function comes again, and then the rest."""
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True):
        world.finish(execution_id, answers=answers)


def test_default_counts_when_time_is_over(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking(expires_in_seconds=60, default="rejected"))
    machine, _ = world.machine(execution_id)
    task = machine.definition["States"]["start +1"]
    assert task["TimeoutSeconds"] == 90
    assert "States.Timeout" in [name for retrier in task["Retry"] for name in retrier["ErrorEquals"]]
    assert world.get(execution_id)["nodes"]["ask"]["expires_at"] > datetime.now(UTC).isoformat()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=True):
        assert answer(world, execution_id).status == 409
    expired(world, execution_id, answers, 91)
    result = world.get(execution_id)["result"]["no"]
    assert (result["decision"], result["by"]) == ("rejected", None)


def test_without_a_default_it_fails_when_time_is_over(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking(expires_in_seconds=60))
    with pytest.raises(ExecutionFailed):
        expired(world, execution_id, answers, 91)
    assert world.get(execution_id)["error"]["code"] == "approval_expired"


def test_further_attempt_asks_anew_unless_it_was_answered(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking(expires_in_seconds=60, default="rejected"))
    assert world.call("pause_execution", path={"execution_id": execution_id}).status == 200
    first = world.item("ExecutionsTable", execution_id=execution_id, record="node#ask")
    assert world.call("resume_execution", path={"execution_id": execution_id}).status == 200
    answers.clear()
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    again = world.item("ExecutionsTable", execution_id=execution_id, record="node#ask")
    assert (again["attempt"], again["status"]) == (2, "waiting")
    assert again["expires_at"] > first["expires_at"]
    assert answer(world, execution_id).status == 200
    go_on(world, execution_id, answers)
    assert world.get(execution_id)["status"] == "completed"


def test_cancelled_execution_waits_for_no_answer(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking())
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    assert world.get(execution_id)["nodes"]["ask"]["status"] == "cancelled"
    assert answer(world, execution_id).status == 409


def test_approval_in_a_loop_is_answered_by_its_path(world: World, answers: Answers) -> None:
    body = {"nodes": [{"id": "ask", "type": "approval", "config": {"message": "{{item}}?"}}], "edges": []}
    loop = {"id": "loop", "type": "loop", "config": {"items": ["a", "b"], "body": body}}
    execution_id = world.accept(world.save(flow(loop, edges=[])))

    def reply(payload: dict[str, Any]) -> None:
        path = payload["run"]["path"]
        node = {"execution_id": execution_id, "node_id": "loop"}
        waiting = world.call("get_node", path=node).json["waiting"]
        assert waiting == [{"path": path, "node_id": "ask"}]
        shown = world.call("get_node", path={**node, "node_id": "ask"}, query={"path": path}).json
        assert shown["approval"]["message"] in ("a?", "b?")
        decision = "approved" if path == "loop[0]/" else "rejected"
        assert answer(world, execution_id, decision, path=path).status == 200

    world.finish(execution_id, answers=answers, while_waiting=reply)
    items = world.get(execution_id)["result"]["items"]
    assert [item["decision"] for item in items] == ["approved", "rejected"]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"message": ""}, "/message"),
        ({"approvers": []}, "/approvers"),
        ({"approvers": [7]}, "/approvers"),
        ({"form": {"type": "nothing"}}, "/form/type"),
        ({"expires_in_seconds": 5}, "/expires_in_seconds"),
        ({"default": "approved"}, "/default"),
        ({"expires_in_seconds": 60, "default": "maybe"}, "/default"),
    ],
)
def test_config_is_checked_at_save(world: World, config: dict[str, Any], pointer: str) -> None:
    saved = world.call("create_workflow", body=asking(**config))
    assert saved.status == 422
    assert [error["pointer"] for error in saved.json["errors"]] == [f"/nodes/1/config{pointer}"]
