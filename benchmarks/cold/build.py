"""Layers as `sam build` makes them, and functions, in a folder that git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from local.engine import PYTHON, REPOSITORY

FUNCTIONS = REPOSITORY / ".local" / "cold" / "functions"
"""What Lambda gets of them: the source alone, which it compiles at each cold start."""

LAYERS = {"WorkflowsLayer": "workflows", "DependenciesLayer": "dependencies", "OidcLayer": "dependencies"}
"""The folder in `layers/` that each is made of."""

_TARGET = REPOSITORY / ".local" / "cold" / "layers"
_OF_ALL_FUNCTIONS = ("WorkflowsLayer", "DependenciesLayer")


def build_for_this_machine() -> Path:
    """Build as the local stack does; returns where Python finds the layers that all functions have."""
    shutil.rmtree(FUNCTIONS, ignore_errors=True)
    shutil.copytree(REPOSITORY / "functions", FUNCTIONS, ignore=shutil.ignore_patterns("__pycache__"))
    target = _TARGET / "local"
    shutil.rmtree(target, ignore_errors=True)
    for layer in _OF_ALL_FUNCTIONS:
        # Into one folder, as Lambda unpacks them.
        _build(layer, target, BYTECODE_PYTHON=str(PYTHON), WHEELS="")
    return target / "python"


def build_for_lambda() -> tuple[dict[str, Path], str]:
    """Build as for a deployment; returns the folder of each layer, and whose bytecode is in them.

    Where Lambda's Python is missing, another one's takes its place: it is as large.
    """
    found = (
        subprocess.run(
            ["python3.13", "-c", "import sys; print(sys.executable)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if shutil.which("python3.13")
        else None
    )
    python = found.stdout.strip() if found and found.returncode == 0 else str(PYTHON)
    folders = {layer: _TARGET / layer for layer in LAYERS}
    for layer, folder in folders.items():
        shutil.rmtree(folder, ignore_errors=True)
        _build(layer, folder, BYTECODE_PYTHON=python)
    version = "import sys; print('Python %d.%d' % sys.version_info[:2])"
    return folders, subprocess.run(
        [python, "-c", version], capture_output=True, text=True, check=True
    ).stdout.strip()


def _build(layer: str, target: Path, **settings: str) -> None:
    subprocess.run(
        ["make", "--silent", "-C", str(REPOSITORY / "layers" / LAYERS[layer]), f"build-{layer}"],
        # Of a `make` that runs this, only the PATH and the like are for this one.
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
            "ARTIFACTS_DIR": str(target),
            "PYTHON": sys.executable,
            **settings,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
