"""What functions load before their first call, as each module makes a cold start longer.

Modules are counted, and no time is measured: `make bench PART=cold` does that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

_AWS = {"botocore", "dateutil", "jmespath", "six", "urllib3"}
_POWERTOOLS = {"aws_lambda_powertools", "typing_extensions"}
_PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}

PACKAGES = {
    "api": _AWS | _POWERTOOLS | _PYDANTIC,
    "authorizer": _AWS | _POWERTOOLS,
    "lifecycle": _AWS | _POWERTOOLS,
    "nodes": _AWS | {"typing_extensions"},
}
"""By kind, the packages that its functions may load; what a few calls need is imported where they do."""

MOST_MODULES = {"api": 425, "authorizer": 205, "lifecycle": 260, "nodes": 240}
"""By kind, how many modules of ours and of these packages a function may load: a few more than now."""

MOST_MODULES_OF = {"inline": 202}
"""Of a function that is called more than all others."""

# Botocore and urllib3 load these where they find them, which is not on Lambda.
_ELSEWHERE = {
    "OpenSSL",
    "_awscrt",
    "_cffi_backend",
    "_distutils_hack",
    "_openssl",
    "awscrt",
    "certifi",
    "cryptography",
}


@cache
def loaded(kind: str) -> dict[str, dict[str, Any]]:
    """What `tests/loaded_modules.py` says of the functions of a kind, by the name of their folder."""
    folders = sorted(str(path.parent) for path in (ROOT / "functions" / kind).rglob("app.py"))
    finished = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "loaded_modules.py"), *folders],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "layers" / "workflows")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return {Path(folder).name: found for folder, found in json.loads(finished.stdout).items()}


@pytest.mark.parametrize("kind", PACKAGES)
def test_function_loads_no_other_package_than_its_kind_may(kind: str) -> None:
    packages = {name: {each.split(".")[0] for each in of["modules"]} for name, of in loaded(kind).items()}
    others = {name: found - PACKAGES[kind] - _ELSEWHERE - {"workflows"} for name, found in packages.items()}
    assert {name: found for name, found in others.items() if found} == {}


@pytest.mark.parametrize("kind", MOST_MODULES)
def test_function_loads_no_more_modules_than_its_kind_may(kind: str) -> None:
    known = PACKAGES[kind] | {"workflows"}
    counts = {
        name: sum(each.split(".")[0] in known for each in of["modules"]) for name, of in loaded(kind).items()
    }
    most = {name: MOST_MODULES_OF.get(name, MOST_MODULES[kind]) for name in counts}
    assert {name: count for name, count in counts.items() if count > most[name]} == {}


def test_endpoint_builds_no_model_before_it_needs_it() -> None:
    assert {name: of["built"] for name, of in loaded("api").items() if of["built"]} == {}
