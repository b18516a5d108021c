"""Cold starts: each in a fresh process of the Python that plays Lambda's."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.cold.backend import backend
from benchmarks.cold.build import FUNCTIONS
from benchmarks.cold.functions import Function
from local.engine import PYTHON, REGION, REPOSITORY
from tests.integration.aws import ENVIRONMENT

_PROGRAM = Path(__file__).with_name("process.py")
_TOOLS = Path(__file__).with_name("tools")
_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +([\w.]+)")


@dataclass(frozen=True, slots=True)
class Start:
    """What one took.

    Attributes:
        load_seconds: Processor time to import the function, and what it imports; of the baseline, all of it.
        call_seconds: Of its first call.
        modules: How many it loaded, beside those of an interpreter that has just begun.
        status: What it answered to a caller.
    """

    load_seconds: float
    call_seconds: float
    modules: int
    status: int | None

    @property
    def seconds(self) -> float:
        return self.load_seconds + self.call_seconds


def start_bare() -> Start:
    """`import boto3; boto3.client("dynamodb")`, without a call."""
    return Start(**json.loads(_run({}, None).stdout.splitlines()[-1]))


def start_tools(layers: Path) -> Start:
    """The least function that is made of the tools of an endpoint, with nothing of ours."""
    event = json.loads((REPOSITORY / "events" / "api" / "get_workflow.json").read_text())
    with backend() as url:
        environment = {
            "AWS_ENDPOINT_URL": url,
            "PYTHONPATH": os.pathsep.join((str(_TOOLS), str(layers))),
            "WORKFLOWS_TABLE": ENVIRONMENT["WORKFLOWS_TABLE"],
        }
        finished = _run(environment, {"event": event, "seconds": 29})
    found = Start(**json.loads(finished.stdout.splitlines()[-1]))
    assert found.status == HTTPStatus.OK, finished.stdout
    return found


def start(function: Function, layers: Path) -> Start:
    """Load a function, and call it.

    Raises:
        AssertionError: It answers something else than it does in the tests.
    """
    with backend() as url:
        finished = _run_function(function, layers, url)
    found = Start(**json.loads(finished.stdout.splitlines()[-1]))
    assert found.status == function.status, f"{function.code} answered {found.status}"
    return found


def import_seconds(function: Function, layers: Path) -> dict[str, float]:
    """The time that each module took by itself, by name, but for those that each interpreter begins with."""
    with backend() as url:
        finished = _run_function(function, layers, url, "-X", "importtime")
    imports = finished.stderr.partition("| site\n")[2]
    return {name: int(micros) / 1e6 for micros, name in _IMPORT.findall(imports)}


def _run_function(
    function: Function, layers: Path, url: str, *options: str
) -> subprocess.CompletedProcess[str]:
    folder = FUNCTIONS / Path(function.code).relative_to("functions")
    environment = {
        **function.environment,
        "AWS_ENDPOINT_URL": url,
        "PYTHONPATH": os.pathsep.join((str(folder), str(layers))),
    }
    event = {**function.event, "ResponseURL": url} if "ResponseURL" in function.event else function.event
    return _run(environment, {"event": event, "seconds": function.timeout_seconds}, *options)


def _run(environment: dict[str, str], given: object, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the program with nothing of this process's environment but the PATH."""
    finished = subprocess.run(
        [str(PYTHON), "-P", *options, str(_PROGRAM)],
        input=json.dumps(given),
        env={
            "PATH": os.environ["PATH"],
            # Nothing of the person's own AWS settings is read.
            "HOME": os.devnull,
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(finished.stderr)
    return finished
