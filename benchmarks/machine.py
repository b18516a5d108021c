"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("boto3", "aws-lambda-powertools", "pydantic")
_LOCAL_PYTHON = Path(".venv-local/bin/python")


def description() -> str:
    """Returns the day, the commit, the machine and the versions, in a line."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    cores = f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_commit()}: "
        f"{_processor()}, {cores}, {_memory_gibibytes():.0f} GiB, {platform.system()}; "
        f"Python {platform.python_version()}, {versions}, {_local_engine()}"
    )


def _commit() -> str:
    try:
        return f"commit {_output('git', 'describe', '--always', '--dirty')}"
    except (OSError, subprocess.CalledProcessError):
        # Whoever has downloaded the files alone may measure, too.
        return "of no known commit"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gibibytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _local_engine() -> str:
    program = "from importlib.metadata import version; print('ministack', version('ministack'))"
    return _output(str(_LOCAL_PYTHON), "-c", program) if _LOCAL_PYTHON.exists() else "no local engine"


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
