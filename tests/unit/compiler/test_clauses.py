"""What the Amazon States Language asks of loops and of what surrounds them (https://states-language.net)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.compiler.interpreter import all_scopes, all_states
from tests.unit.compiler.test_golden import EXAMPLES, WORKFLOWS, compiled

PATH = re.compile(r"\$\$?(\.[A-Za-z_]+)*")
FORMAT = re.compile(r"States\.Format\('(?P<template>[^'\\]*)'(?P<arguments>(, \$\$?(\.[A-Za-z_]+)+)+)\)")

each_definition = pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)


@cache
def definition(path: Path) -> dict[str, Any]:
    machine: dict[str, Any] = json.loads(compiled(path))
    return machine


def payload(task: Mapping[str, Any]) -> dict[str, Any]:
    """What a Task's function gets, whether its Task waits for a token or not."""
    given: dict[str, Any] = task.get("Parameters", {})
    inner: dict[str, Any] = given.get("Payload", given)
    return inner


def followers(state: Mapping[str, Any]) -> list[str]:
    named = [state[key] for key in ("Next", "Default") if key in state]
    return [*named, *(rule["Next"] for rule in state.get("Choices", ()))]


@each_definition
def test_every_name_is_unique_and_short(path: Path) -> None:
    # "State names MUST be unique within the scope of the whole state machine"; 80 characters, says AWS.
    names = Counter(name for name, _ in all_states(definition(path)))
    assert set(names.values()) == {1}
    assert max(map(len, names)) <= 80


@each_definition
def test_every_state_is_reached_within_its_scope_and_the_scope_has_an_end(path: Path) -> None:
    for scope in all_scopes(definition(path)):
        # "a Next field ... MUST exactly match the name of another state in the same scope".
        reached: list[str] = [scope["StartAt"]]
        for name in reached:
            reached += [after for after in followers(scope["States"][name]) if after not in reached]
        assert set(reached) == set(scope["States"])
        assert any(state.get("End") for state in scope["States"].values())


@each_definition
def test_every_state_but_a_choice_has_one_way_on(path: Path) -> None:
    for name, state in all_states(definition(path)):
        # "Choice states ... do not support the End field"; all others have either Next or "End": true.
        ways = [key for key in ("Next", "End") if key in state]
        assert len(ways) == (0 if state["Type"] == "Choice" else 1), name


@each_definition
def test_what_ends_a_branch_or_an_iteration_hands_nothing_on(path: Path) -> None:
    machine, *inner = all_scopes(definition(path))
    for scope in inner:
        for name, state in scope["States"].items():
            if not state.get("End"):
                continue
            if state["Type"] == "Task":
                # Its output is the answer of its function, which is small.
                assert "ResultPath" not in state, name
            else:
                assert state["OutputPath"] is None, name
    assert all(state["Type"] == "Task" for state in machine["States"].values() if state.get("End"))


@each_definition
def test_a_map_is_as_its_mode_asks(path: Path) -> None:
    for name, state in all_states(definition(path)):
        if state["Type"] != "Map":
            continue
        config = state["ItemProcessor"]["ProcessorConfig"]
        if config["Mode"] == "INLINE":
            assert set(config) == {"Mode"}, name
            # https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html: 40 at once.
            assert 1 <= state["MaxConcurrency"] <= 40, name
        else:
            assert config == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, name
        assert state["ItemsPath"] == "$.result.items"
        # "the value of a field whose name ends in .$ MUST be a Path or an Intrinsic Function".
        for key, value in state["ItemSelector"].items():
            assert key.endswith(".$"), name
            if found := FORMAT.fullmatch(value):
                assert found["template"].count("{}") == found["arguments"].count(", "), name
            else:
                assert PATH.fullmatch(value), name
        assert state["ResultSelector"] == {"is_done": True}


@each_definition
def test_an_iteration_gets_all_that_its_tasks_are_called_with(path: Path) -> None:
    ids = {"execution_id", "workflow_id", "version", "attempt", "path"}
    for _, state in all_states(definition(path)):
        if state["Type"] == "Map":
            given = {key.removesuffix(".$") for key in state["ItemSelector"]}
            first = state["ItemProcessor"]["States"][state["ItemProcessor"]["StartAt"]]
            is_batch = first["Type"] == "Task" and "iterates" in payload(first)
            assert given == (ids | {"items"} if is_batch else ids)


@each_definition
def test_a_loop_is_started_just_before_it_goes_round_and_settled_just_after(path: Path) -> None:
    for scope in all_scopes(definition(path)):
        for name, state in scope["States"].items():
            kind, _, loop_id = name.partition(" ")
            if kind not in ("Map", "While"):
                continue
            before = [each for each in scope["States"].values() if name in followers(each)]
            starts = [each for each in before if "turns" not in payload(each)]
            assert [payload(each)["nodes"][-1] for each in starts] == [loop_id]
            after = scope["States"][state["Next" if kind == "Map" else "Default"]]
            assert payload(after)["settles"] == [loop_id]
            turns = [payload(each)["turns"] for each in before if each not in starts]
            assert turns == ([] if kind == "Map" else [loop_id])
