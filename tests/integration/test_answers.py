"""Answers that come from people who see nothing else, twice, at once, and in a clean-up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.state_machine import Waiting
from tests.integration.test_approvals import FORM, Answers, answer, asked, asking
from workflows.adapters.payloads import PayloadStore
from workflows.domain.payload import Payload


def test_approver_need_not_see_the_execution(world: World, answers: Answers) -> None:
    execution_id = asked(world, answers, asking(approvers=["ada"]))
    assert world.call("get_execution", path={"execution_id": execution_id}, user="ada").status == 404
    assert answer(world, execution_id, user="ada").status == 200
    assert [sent["output"] for sent in answers.values()] == ['{"branch": "approved"}']


def look(world: World, execution_id: str, user: str | None, node_id: str = "ask") -> Any:
    path = {"execution_id": execution_id, "node_id": node_id}
    return world.call("get_node", path=path, query={"path": ""}, user=user)


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_approver_sees_the_question_and_nothing_else(world: World, answers: Answers, visibility: str) -> None:
    definition = {**asking(approvers=["ada", "bob"], form=FORM), "visibility": visibility}
    execution_id = asked(world, answers, definition)
    seen = look(world, execution_id, "ada")
    assert (seen.status, seen.json["status"]) == (200, "waiting")
    assert seen.json["approval"] == {
        "message": "Ship lamps?",
        "approvers": ["ada", "bob"],
        "form": FORM,
    }
    refused = 404 if visibility == "private" else 403
    assert [look(world, execution_id, user).status for user in ("eve", None)] == [refused, refused]
    assert [look(world, execution_id, "ada", node).status for node in ("yes", "nobody")] == [refused] * 2
    assert answer(world, execution_id, user="bob", data={"comment": "it is fine"}).status == 200
    assert look(world, execution_id, "ada").status == refused


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_approvers_same_answer_heals_what_was_not_sent(
    world: World, answers: Answers, visibility: str
) -> None:
    execution_id = asked(world, answers, {**asking(approvers=["ada", "bob"]), "visibility": visibility})
    assert answer(world, execution_id, user="ada").status == 200
    answers.clear()
    assert answer(world, execution_id, user="ada").status == 200
    assert len(answers) == 1
    assert answer(world, execution_id, "rejected", user="ada").status == 409
    # Who may not see it is not told, either, that it was answered by somebody else.
    assert answer(world, execution_id, user="bob").status == (404 if visibility == "private" else 403)


@pytest.mark.parametrize("node_id", ["ask", "yes", "nobody"])
def test_others_are_told_nothing_of_a_private_execution(world: World, answers: Answers, node_id: str) -> None:
    execution_id = asked(world, answers, asking(approvers=["ada"]))
    unknown = answer(world, "0190a000-0000-7000-8000-000000000000", user="eve", node_id=node_id)
    given = answer(world, execution_id, user="eve", node_id=node_id)
    assert (given.status, unknown.status) == (404, 404)
    assert given.json["detail"].replace(execution_id, "") == unknown.json["detail"].replace(
        "0190a000-0000-7000-8000-000000000000", ""
    )
    if node_id != "ask":
        assert answer(world, execution_id, user="ada", node_id=node_id).status == 404


@pytest.mark.parametrize("size", [10, 5_000, 310_000])
def test_late_answer_changes_nothing_of_the_first(
    world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Both have found that nobody has answered; what is large is stored before the record is written."""
    execution_id = asked(world, answers, asking())
    put = PayloadStore.put
    stored: list[str] = []

    def put_after_another(self: PayloadStore, execution: str, name: str, value: Any) -> Payload:
        stored.append(value["decision"])
        if stored == ["rejected"]:
            assert answer(world, execution_id, "approved", data="a" * size).status == 200
        return put(self, execution, name, value)

    monkeypatch.setattr(PayloadStore, "put", put_after_another)
    second = answer(world, execution_id, "rejected", user="root", role="admin", data="b" * size)
    assert (second.status, stored) == (409, ["rejected", "approved"])
    monkeypatch.setattr(PayloadStore, "put", put)
    world.finish(execution_id, answers=answers)
    assert world.get(execution_id)["result"]["yes"] == {"shipped": "owner"}


def test_clean_up_may_ask(world: World, answers: Answers) -> None:
    ask = {"id": "sure", "type": "approval", "config": {"message": "Refund?"}}
    definition = {**asking(), "on_cancel": {"nodes": [ask], "edges": []}}
    execution_id = asked(world, answers, definition)
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200
    with pytest.raises(Waiting):
        world.finish(execution_id, answers=answers)
    node = world.get(execution_id)["nodes"]["sure"]
    assert (node["status"], node["approval"]["message"]) == ("waiting", "Refund?")
    # What was asked before the cancel is over.
    assert answer(world, execution_id).status == 409
    assert answer(world, execution_id, node_id="sure").status == 200
    world.finish(execution_id, answers=answers)
    assert world.get(execution_id)["latest_logs"][-1]["message"] == "clean-up completed"


def test_told_answers_are_not_told_again(world: World, answers: Answers) -> None:
    """The reconciler sends what may have been lost, once: of a long loop that would be many."""
    execution_id = asked(world, answers, asking())
    assert answer(world, execution_id).status == 200
    answers.clear()
    world.reconcile(after_seconds=70)
    assert len(answers) == 1
    answers.clear()
    world.reconcile(after_seconds=4_000)
    assert answers == {}
    # The person who answered may still say so again.
    assert answer(world, execution_id).status == 200
