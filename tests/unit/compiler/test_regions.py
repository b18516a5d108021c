"""Which Tasks run, and which a Choice passes over, in small graphs that try the rule of regions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.compiler.definitions import TARGETS, document, node
from tests.unit.compiler.interpreter import Execution
from workflows.compiler.compile import compile_workflow
from workflows.compiler.normalise import normalise

A, B, X, Y, Z = node("A", "condition"), node("B", "condition"), node("x"), node("y"), node("z")


def tasks_run(definition: dict[str, Any], **branches: str) -> str:
    machine = compile_workflow(normalise(definition), TARGETS)
    return " ".join(sorted(Execution(machine, lambda node_id: branches.get(node_id, "")).known_before))


@pytest.mark.parametrize("branch", ["true", "false", ""])
@pytest.mark.parametrize(
    ("definition", "exclusive"),
    [
        (document([A, X], "A x true"), "x"),
        (document([A, X, Y], "A x true", "x y"), "x y"),
        (document([A, X, Y], "A x true", "A y true", "x y"), "x y"),
        (document([A, X, Y], "A x true", "A y true"), "x y"),
        (document([A, X, Y], "A x true", "x y", "A y"), "x"),
        (document([A, X, Y], "A x true", "x y", "A y false"), "x"),
        (document([A, X, Y], "A x true", "x y", "A y error"), "x"),
        (document([A, X, Y], "A x true", "x y error"), "x y"),
        (document([A, X], "A x"), ""),
        (document([A, X], "A x error"), ""),
        (document([A, X], "A x true", "A x false"), ""),
        (document([A, B, X], "A B", "A x true", "B x true"), ""),
        (document([X, A, Y], "x A", "A y true", "x y"), ""),
        (document([A, B, X], "A B true", "B x true"), "B x"),
        (document([A, X, Y, Z], "A x true", "A y", "x z", "y z"), "x"),
    ],
    ids=str,
)
def test_only_what_one_handle_alone_leads_to_is_passed_over(
    definition: dict[str, Any], exclusive: str, branch: str
) -> None:
    everything = {node["id"] for node in definition["nodes"]}
    expected = everything if branch == "true" else everything - set(exclusive.split())
    assert tasks_run(definition, A=branch, B=branch) == " ".join(sorted(expected))


@pytest.mark.parametrize(("branch", "run"), [("a", "s x z"), ("b", "s y z"), ("c", "s z")])
def test_each_case_of_a_switch_has_its_region(branch: str, run: str) -> None:
    switch = node("s", "switch")
    definition = document([switch, X, Y, Z], "s x a", "s y b", "x z", "y z")
    assert tasks_run(definition, s=branch) == run


@pytest.mark.parametrize(("branch", "run"), [("true", "A B x y"), ("false", "A x y")])
def test_no_choice_behind_a_region_reads_the_branch_of_a_node_inside(branch: str, run: str) -> None:
    definition = document([A, B, X, Y], "A B true", "A x", "B x", "B y false")
    assert tasks_run(definition, A=branch, B="true") == run


def test_the_dead_side_of_nested_conditions_does_not_run() -> None:
    nodes = [A, B, X, Y, Z, node("end")]
    definition = document(nodes, "A B true", "A z false", "B x true", "B y false", "x end", "y end", "z end")
    assert tasks_run(definition, A="true", B="false") == "A B end y"
    assert tasks_run(definition, A="false") == "A end z"
