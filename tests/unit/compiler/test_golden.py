"""Golden pairs: `golden/<name>.json` compiles to `golden/<name>.asl.json`.

To take a change over, run with UPDATE_GOLDEN=1 and read the diff.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.compiler.definitions import TARGETS
from tests.unit.compiler.interpreter import all_states
from workflows.compiler.compile import compile_workflow, definition_json
from workflows.compiler.normalise import normalise
from workflows.compiler.targets import Targets
from workflows.runtime import errors as runtime_errors

REPOSITORY = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"
WORKFLOWS = sorted(path for path in GOLDEN.glob("*.json") if not path.name.endswith(".asl.json"))
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))


def compiled(path: Path, targets: Targets = TARGETS) -> str:
    return definition_json(compile_workflow(normalise(json.loads(path.read_text())), targets))


def validator() -> str:
    """Returns the npm asl-validator, or skips."""
    candidates = (os.environ.get("ASL_VALIDATOR"), REPOSITORY / "node_modules/.bin/asl-validator")
    for candidate in candidates:
        if candidate and shutil.which("node") and (found := shutil.which(candidate)):
            return found
    pytest.skip("asl-validator is not installed (npm install asl-validator, or set ASL_VALIDATOR)")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_compiles_to_its_golden_definition(path: Path) -> None:
    golden = path.with_suffix(".asl.json")
    definition = json.loads(compiled(path))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(definition, indent=2, sort_keys=True) + "\n")
    assert definition == json.loads(golden.read_text())


def test_the_validator_accepts_every_definition(tmp_path: Path) -> None:
    command = [validator()]
    for path in (*WORKFLOWS, *EXAMPLES):
        definition = tmp_path / f"{path.parent.name}-{path.name}"
        definition.write_text(compiled(path))
        command += ["--json-path", str(definition)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)
@pytest.mark.parametrize("errors", [("TryFailed", "Lambda.Unknown"), ("States.ALL",)], ids=" ".join)
def test_a_definition_keeps_the_clauses_that_the_validator_does_not_know(
    path: Path, errors: tuple[str, ...]
) -> None:
    definition = json.loads(compiled(path, Targets(TARGETS.functions, errors)))
    for _, state in all_states(definition):
        for retrier in (all_retriers := state.get("Retry", [])):
            # "The reserved name States.ALL ... MUST appear alone in the ErrorEquals array and MUST appear in
            # the last Retrier".
            if "States.ALL" in retrier["ErrorEquals"]:
                assert retrier["ErrorEquals"] == ["States.ALL"]
                assert retrier is all_retriers[-1]
            # "IntervalSeconds ... MUST be a positive integer"; BackoffRate "MUST be greater than or equal to
            # 1.0".
            assert retrier.get("IntervalSeconds", 1) > 0
            assert retrier.get("BackoffRate", 2) >= 1
        # "HeartbeatSeconds ... MUST be smaller than the number of seconds specified in TimeoutSeconds".
        assert state.get("HeartbeatSeconds", 0) < state.get("TimeoutSeconds", 99_999_999)
        assert state.get("TimeoutSeconds", 1) > 0


def retriers(scope: dict[str, Any]) -> list[list[list[str]]]:
    """Returns the error names of each Task's retriers."""
    return [
        [retrier["ErrorEquals"] for retrier in state["Retry"]]
        for state in scope["States"].values()
        if state["Type"] == "Task"
    ]


def test_states_all_stands_alone_and_last_where_the_engine_loses_names() -> None:
    targets = Targets(TARGETS.functions, retryable_errors=("States.ALL",))
    for errors in retriers(json.loads(compiled(GOLDEN / "chain.json", targets))):
        assert all("States.ALL" not in names for names in errors[:-1])
        assert "States.ALL" not in errors[-1] or errors[-1] == ["States.ALL"]
    named = retriers(json.loads(compiled(GOLDEN / "chain.json")))
    assert max(named, key=len)[0] == ["NodeFailed"]


def test_every_task_comes_again_after_errors_that_are_not_the_nodes() -> None:
    for errors in retriers(json.loads(compiled(GOLDEN / "if_nested.json"))):
        assert {runtime_errors.Interrupted.__name__, runtime_errors.Superseded.__name__} <= {
            name for names in errors for name in names
        }
