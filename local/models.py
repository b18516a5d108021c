"""The process that stands in for language models, beside the engine."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from local.engine import PYTHON, REPOSITORY, Engine


def start(home: Path) -> Engine:
    """Start it on a free port of loopback. It is ended as an engine is.

    Args:
        home: Directory for its log.
    """
    # Who has the socket before the process is there needs not wait for it, and no other gets the port.
    with socket.socket() as listening, (home / "models.log").open("w") as log:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            [PYTHON, "-m", "local.model_server", str(listening.fileno())],
            cwd=REPOSITORY,
            env={},
            pass_fds=[listening.fileno()],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Engine(f"http://127.0.0.1:{port}", process.pid)
