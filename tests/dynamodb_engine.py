"""DynamoDB as another implementation has it: ministack's, in a process of its own.

Its conditions, transactions and write units are those measured on AWS. Its read units are not: they go by
the kind of a read, and not by what is read.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from local.engine import PYTHON, REGION
from tests.waiting import wait_for


@contextmanager
def dynamodb_engine(home: Path) -> Iterator[str]:
    """The URL of an empty DynamoDB on loopback, for as long as the block lasts.

    Args:
        home: A directory for its log.

    Raises:
        Skipped: `make setup` has not made its environment.
    """
    if not PYTHON.exists():
        pytest.skip(f"there is no {PYTHON}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_DEFAULT_REGION": REGION,
        "SERVICES": "dynamodb",
    }
    url = f"http://127.0.0.1:{port}"
    with (home / "engine.log").open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "ministack"], cwd=home, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: _answers(url) or process.poll() is not None, bool, seconds=30)
        assert process.poll() is None, (home / "engine.log").read_text()
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/_ministack/health", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False
