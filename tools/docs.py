"""`python -m tools.docs` writes every document that is made from code; `make docs` calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import limits, node_types, parameters, permissions
from tools.markdown import DOCS
from tools.openapi import document
from workflows.compiler.schemas import definition_schema


def _definition_schema() -> str:
    return json.dumps(definition_schema(), indent=2) + "\n"


GENERATED: Mapping[Path, Callable[[], str]] = {
    permissions.PATH: permissions.render,
    limits.PATH: limits.render,
    node_types.PATH: node_types.render,
    parameters.PATH: parameters.render,
    DOCS / "definition.schema.json": _definition_schema,
    document.PATH: document.text,
}
"""What makes the text of each document."""


def main() -> None:
    """Write them all."""
    for path, render in GENERATED.items():
        path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
