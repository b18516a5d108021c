"""State machines as an operator sees them in the console."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING
from workflows.adapters.state_machines import MachineLabels
from workflows.adapters.stores import state_machines
from workflows.services.definitions import definitions
from workflows.services.deployment import deployment

NAMED = {**GREETING, "name": 'Grüße & "more"'}
LABELS = MachineLabels("w-1", "oidc:auth0|ada", "Greeting", "Greeting (workflow w-1), as of version 1")


def machines() -> list[dict[str, Any]]:
    """All there are, as Step Functions describes them."""
    client = aws_client("stepfunctions")
    arns = [each["stateMachineArn"] for each in client.list_state_machines()["stateMachines"]]
    return [client.describe_state_machine(stateMachineArn=arn) for arn in arns]


def tags(arn: str) -> dict[str, str]:
    listed = aws_client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"]
    return {each["key"]: each["value"] for each in listed}


def test_machine_says_for_which_workflow_it_was_made(world: World) -> None:
    workflow_id = world.save(NAMED)
    [machine] = machines()
    comment = f'Grüße & "more" (workflow {workflow_id}), as of version 1'
    assert json.loads(machine["definition"])["Comment"] == comment
    assert tags(machine["stateMachineArn"]) == {
        "stack": "workflows",
        "workflow_id": workflow_id,
        "workflow_name": "Grüße _ _more_",
        "owner_id": "owner",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("aws:nightly", "aws_nightly"), ("AWS: nightly", "AWS_ nightly"), ("by\nnight\t", "by_night_")],
)
def test_tag_is_one_that_step_functions_takes(world: World, name: str, value: str) -> None:
    """A value that begins with aws: is AWS's own, and a line break may not count as white space."""
    world.save({**GREETING, "name": name})
    [machine] = machines()
    assert tags(machine["stateMachineArn"])["workflow_name"] == value


def test_machine_for_after_a_cancel_says_so(world: World) -> None:
    clean_up = {"nodes": [{"id": "undo", "type": "transform", "config": {"value": 1}}], "edges": []}
    world.save({**NAMED, "on_cancel": clean_up})
    comments = [json.loads(machine["definition"])["Comment"] for machine in machines()]
    assert sorted(comment.partition("Gr")[0] for comment in comments) == ["", "After a cancel of "]


def test_save_that_changes_only_the_name_keeps_the_machine_and_what_it_says(world: World) -> None:
    workflow_id = world.save(GREETING)
    [before] = machines()
    changed = {**GREETING, "name": "Other"}
    assert world.call("update_workflow", path={"workflow_id": workflow_id}, body=changed).status == 200
    [after] = machines()
    assert after["definition"] == before["definition"]


@pytest.mark.parametrize("setting", ["true", "false"])
def test_machines_are_traced_where_the_stack_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("TRACE_STATE_MACHINES", setting)
    for cached in (state_machines, deployment, definitions):
        cached.cache_clear()
    try:
        world.save(GREETING)
    finally:
        for cached in (state_machines, deployment, definitions):
            cached.cache_clear()
    [machine] = machines()
    assert machine["tracingConfiguration"] == {"enabled": setting == "true"}


def test_comment_is_left_out_of_a_definition_that_has_no_room_for_it(world: World) -> None:
    state = {"Type": "Pass", "End": True, "Comment": ""}
    empty = json.dumps({"StartAt": "a", "States": {"a": state}})
    full = empty.replace('""', json.dumps("x" * (1_048_576 - len(empty))))
    assert len(full) == 1_048_576
    state_machines().deploy(full, LABELS)
    state_machines().deploy(empty, LABELS)
    assert sorted("Comment" in json.loads(machine["definition"]) for machine in machines()) == [False, True]


def test_tag_holds_no_character_that_step_functions_refuses(world: World) -> None:
    arn = state_machines().deploy('{"StartAt":"a","States":{"a":{"Type":"Pass","End":true}}}', LABELS)
    assert tags(arn)["owner_id"] == "oidc:auth0_ada"
