"""The local AWS: ministack as a process of its own, on loopback only, its state kept on disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import urllib3

from local.errors import LocalStackError

REPOSITORY = Path(__file__).resolve().parent.parent
PYTHON = REPOSITORY / ".venv-local/bin/python"
REGION = "us-east-1"

_START_SECONDS = 30
_STOP_SECONDS = 30
# Each function in flight is a process of some 60 MB.
_CONCURRENT_FUNCTIONS = 64


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine.

    Attributes:
        endpoint_url: Where all AWS services answer.
        pid: Its process, the leader of a process group that the functions' processes belong to.
    """

    endpoint_url: str
    pid: int

    def is_running(self) -> bool:
        """Whether the process is there and is ours: a process id may have passed to another program."""
        command = subprocess.run(
            ["ps", "-o", "command=", "-p", str(self.pid)], capture_output=True, text=True, check=False
        ).stdout
        return command.startswith(f"{PYTHON} ")

    def stop(self) -> None:
        """Let it save its state and end, for at most 30 s; then kill what is left of its process group."""
        if not self.is_running():
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            _reap(self.pid)
            time.sleep(0.1)
        self._kill_group()

    def kill(self) -> None:
        """End it at once: its state is lost."""
        if self.is_running():
            self._kill_group()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def start(home: Path, port: int, models_url: str) -> Engine:
    """Start the engine and wait until it answers.

    Args:
        home: Directory for its state and log.
        port: Port on loopback.
        models_url: Where its functions find language models.

    Raises:
        LocalStackError: The port is taken, or the engine does not start.
    """
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise LocalStackError(f"port {port} is taken: choose another one, as in PORT={port + 1}")
    _forget_stream_positions(home / "state" / "lambda.json")
    log_path = home / "engine.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "ministack"],
            env=_environment(home, port, models_url),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    engine = Engine(f"http://127.0.0.1:{port}", process.pid)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(engine.endpoint_url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise LocalStackError(f"the engine does not start: {log_path} tells why")
            time.sleep(0.1)
    except BaseException:
        engine.stop()
        raise
    return engine


def _forget_stream_positions(state: Path) -> None:
    """Let event source mappings read streams from the start: the engine keeps their positions, but no stream.

    A mapping would else wait until as many records have come as it had read before.
    """
    if state.exists():
        document = json.loads(state.read_text())
        document["payload"]["dynamodb_stream_positions"]["data"] = {}
        state.write_text(json.dumps(document))


def _environment(home: Path, port: int, models_url: str) -> dict[str, str]:
    # The functions inherit it, so nothing of the person's own environment is in it but the PATH.
    temporary = home / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(temporary),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": models_url,
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # Functions have the rights of their roles and no others, as on AWS.
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "LAMBDA_ACCOUNT_CONCURRENCY": str(_CONCURRENT_FUNCTIONS),
    }


def _answers(endpoint_url: str) -> bool:
    try:
        response = urllib3.request("GET", f"{endpoint_url}/_ministack/health", retries=False, timeout=2)
    except urllib3.exceptions.HTTPError:
        return False
    return response.status == 200


def _reap(pid: int) -> None:
    """Collect an ended child, which `ps` would show for as long as nobody does."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
