"""The template by which a new stack adopts what an earlier one has left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tools.retained import retained_template
from tools.statements import template


def test_it_holds_what_is_retained_and_nothing_else() -> None:
    whole, kept = template()["Resources"], retained_template()["Resources"]

    assert kept.keys() == {name for name, each in whole.items() if "DeletionPolicy" in each}
    assert all(kept[name]["Properties"] == whole[name]["Properties"] for name in kept)


def test_it_is_a_template_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "retained.json"
    path.write_text(json.dumps(retained_template()))

    linter = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "us-east-1", "--", str(path)]
    found = subprocess.run(linter, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout
