"""The services that logs are kept in, as ministack has them: in a process of its own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import urllib3

from local.engine import PYTHON, REGION
from tests.integration.aws import ENVIRONMENT, create_buckets, create_secrets, create_tables

_START_SECONDS = 30


@contextmanager
def log_engine(home: Path) -> Iterator[dict[str, str]]:
    """An engine with our tables, buckets and secret, empty.

    Args:
        home: A directory for its log.

    Yields:
        The environment that is set, in which everything finds it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_DEFAULT_REGION": REGION,
        "SERVICES": "dynamodb,s3,secretsmanager",
    }
    with (home / "engine.log").open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "ministack"], cwd=home, env=settings, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait(url, process, home / "engine.log")
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": url}
        with patch.dict(os.environ, environment):
            create_tables()
            create_buckets()
            create_secrets()
            yield environment
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(url):
        is_starting = process.poll() is None and time.monotonic() < deadline
        assert is_starting, log.read_text()
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/_ministack/health", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False
