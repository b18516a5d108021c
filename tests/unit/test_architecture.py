"""The rules of the house: imports point one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "workflows" / "workflows"

ALLOWED = {
    "domain": {"domain"},
    "compiler": {"compiler", "domain"},
    "adapters": {"adapters", "domain"},
    "runtime": {"runtime", "adapters", "compiler", "domain"},
    "drawing": {"drawing", "domain"},
    "report": {"report", "drawing", "domain"},
    "services": {"services", "report", "drawing", "adapters", "compiler", "domain"},
    "http": {"http", "services", "domain"},
}

# Node functions may import the adapters that their work needs; API functions know HTTP and services alone.
ALLOWED_IN_FUNCTIONS = {
    "api": {"http", "services"},
    "authorizer": {"services", "domain"},
    "nodes": {"runtime", "adapters", "domain"},
    "lifecycle": {"services", "domain"},
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def layers_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("workflows.")}


@pytest.mark.parametrize("layer", ALLOWED)
def test_layer_imports_only_what_lies_below_it(layer: str) -> None:
    for path in (PACKAGE / layer).rglob("*.py"):
        assert layers_imported(path) <= ALLOWED[layer], path


@pytest.mark.parametrize("kind", ALLOWED_IN_FUNCTIONS)
def test_function_imports_only_its_own_layers(kind: str) -> None:
    paths = list((ROOT / "functions" / kind).rglob("app.py"))
    assert paths
    for path in paths:
        # To start an execution is a use case, whoever does it.
        more = {"services"} if path.parent.name == "workflow" else set()
        assert layers_imported(path) <= ALLOWED_IN_FUNCTIONS[kind] | more, path


def test_only_adapters_import_the_aws_sdk() -> None:
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        if PACKAGE / "adapters" not in path.parents:
            assert not {name.split(".")[0] for name in imported(path)} & {"boto3", "botocore"}, path


def test_handlers_are_short() -> None:
    for path in (ROOT / "functions" / "api").rglob("app.py"):
        assert len(path.read_text().splitlines()) <= 60, path
