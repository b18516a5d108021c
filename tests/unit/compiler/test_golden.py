"""Golden pairs: `golden/<name>.json` compiles to `golden/<name>.asl.json`.

To take a change over, run with UPDATE_GOLDEN=1 and read the diff.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.unit.compiler.adversarial import ADVERSARIAL
from tests.unit.compiler.definitions import TARGETS
from tests.unit.compiler.interpreter import all_states
from tests.unit.compiler.strategies import graphs, structured
from tests.unit.compiler_runs.strategies import nested, pipelines, workflows
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


def random_documents() -> dict[str, dict[str, Any]]:
    """Returns the same 150 random graphs each time, ten beside one another in a document.

    The validator compiles its schemas once per definition, which takes longer than all else. No node is
    called `constructor`: it would take that for a field that is there twice.
    """
    found: list[dict[str, Any]] = []

    @given(st.one_of(graphs(), structured(), workflows(), pipelines(), nested()))
    @settings(max_examples=150, derandomize=True, database=None, phases=[Phase.generate])
    def collect(document: dict[str, Any]) -> None:
        found.append(document)

    collect()
    return {f"random-{i}": beside(found[i : i + 10]) for i in range(0, len(found), 10)}


def beside(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns one document of all, without an edge between them."""
    joined: dict[str, Any] = {"nodes": [], "edges": []}
    for i, document in enumerate(documents):
        joined["nodes"] += [{**node, "id": f"d{i}{node['id']}"} for node in document["nodes"]]
        joined["edges"] += [
            {**edge, "source": f"d{i}{edge['source']}", "target": f"d{i}{edge['target']}"}
            for edge in document["edges"]
        ]
    return joined


def check_with_validator(documents: Mapping[str, dict[str, Any]], folder: Path) -> None:
    """Asserts that the validator accepts what they compile to, all in one process: it starts slowly."""
    command = [validator()]
    for name, document in documents.items():
        definition = folder / f"{name}.json"
        definition.write_text(definition_json(compile_workflow(normalise(document), TARGETS)))
        command += ["--json-path", str(definition)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_validator_accepts_every_definition(tmp_path: Path) -> None:
    paths = (*WORKFLOWS, *EXAMPLES)
    files = {f"{path.parent.name}-{path.stem}": json.loads(path.read_text()) for path in paths}
    check_with_validator(files | ADVERSARIAL | random_documents(), tmp_path)


@pytest.mark.parametrize("path", [*WORKFLOWS, *EXAMPLES], ids=lambda path: path.stem)
@pytest.mark.parametrize("names_errors", [True, False], ids=["named errors", "unnamed errors"])
def test_a_definition_keeps_the_clauses_that_the_validator_does_not_know(
    path: Path, names_errors: bool
) -> None:
    definition = json.loads(compiled(path, Targets(TARGETS.function_arn_prefix, names_errors)))
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


def retriers(scope: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Returns each Task's retriers."""
    return [state.get("Retry", []) for state in scope["States"].values() if state["Type"] == "Task"]


def test_only_the_nodes_own_retry_is_left_where_the_engine_loses_names() -> None:
    targets = Targets(TARGETS.function_arn_prefix, names_errors=False)
    for found in retriers(json.loads(compiled(GOLDEN / "chain.json", targets))):
        assert [retrier["ErrorEquals"] for retrier in found] in ([], [["States.ALL"]])


def test_every_task_comes_again_unless_its_node_failed_for_good() -> None:
    for found in retriers(json.loads(compiled(GOLDEN / "if_nested.json"))):
        *_, for_good, common = found
        assert for_good == {"ErrorEquals": [runtime_errors.Stopped.__name__], "MaxAttempts": 0}
        assert common["ErrorEquals"] == ["States.ALL"]
        assert common["MaxAttempts"] > 0


def test_a_nodes_retry_answers_its_failed_tries_first() -> None:
    own = [found[0] for found in retriers(json.loads(compiled(GOLDEN / "chain.json"))) if len(found) > 2]
    assert [retrier["ErrorEquals"] for retrier in own] == [[runtime_errors.TryFailed.__name__]]
