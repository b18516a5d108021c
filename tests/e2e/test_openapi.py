"""Schemathesis on the running stack; `make fuzz` does more of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.stack import Stack
from tests.documented import OPERATIONS
from tests.fuzz.run import Plan, fuzz


@pytest.mark.parametrize("role", ["user", "anonymous"])
def test_answers_are_as_the_document_says(stack: Stack, tmp_path: Path, role: str) -> None:
    said = fuzz(stack, tmp_path, Plan("examples,fuzzing", examples=3, seed=1), role)
    assert f"Tested: {len(OPERATIONS)}" in said
