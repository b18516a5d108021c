"""Exports or archives a log in this process, alone in it, and prints as JSON what that took.

    python -m benchmarks.logs.export export EXECUTION_ID [ITEMS]

ITEMS is a file that `logs/memory.py` saved; without it the services in the environment are asked.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.httpsession import URLLib3Session

from benchmarks.logs.memory import Memory
from workflows.adapters.clients import client
from workflows.adapters.queues import Queue
from workflows.adapters.stores import archive_store, execution_store, log_store
from workflows.domain.access import Caller
from workflows.services.log_archives import ArchiveRequests, LogArchives
from workflows.services.log_downloads import log_downloads
from workflows.services.log_filters import ALL_LINES


@dataclass(frozen=True, slots=True)
class Taken:
    """
    Attributes:
        cpu_seconds: Of this process, the answering from memory included.
        answer_seconds: Waiting for a service, or answering from memory.
        idle_bytes: Resident before, with all modules and clients.
        peak_bytes: Most resident meanwhile.
    """

    seconds: float
    cpu_seconds: float
    answer_seconds: float
    idle_bytes: int
    peak_bytes: int

    @property
    def own_seconds(self) -> float:
        return self.seconds - self.answer_seconds

    @property
    def memory_bytes(self) -> int:
        return self.peak_bytes - self.idle_bytes


@dataclass
class _Waits:
    seconds: float = 0


def main(arguments: Sequence[str]) -> None:
    """Does what the arguments say."""
    kind, execution_id, *items = arguments
    work = {"export": _export, "archive": _archive}[kind]
    for service in (client("dynamodb"), client("dynamodb", once=True), client("s3")):
        assert service
    if items:
        memory = Memory.read(Path(items[0]))
        with memory.answers():
            taken = _measured(lambda: work(execution_id), lambda: memory.seconds)
    else:
        with _waits() as waits:
            taken = _measured(lambda: work(execution_id), lambda: waits.seconds)
    print(json.dumps(asdict(taken)))


def _export(execution_id: str) -> None:
    log_downloads().create(Caller("admin"), execution_id, "text", ALL_LINES, takes_gzip=True)


def _archive(execution_id: str) -> None:
    archives = archive_store()
    requests = ArchiveRequests(archives, Queue(""), chunk_days=30)
    made = LogArchives(execution_store(), log_store(), archives, requests, archive_days=365)
    assert made.archive(execution_id)


def _measured(work: Callable[[], None], answer_seconds: Callable[[], float]) -> Taken:
    gc.collect()
    # From here on, the most that is resident counts: proc(5), /proc/pid/clear_refs.
    Path("/proc/self/clear_refs").write_text("5")
    idle = _resident("VmRSS")
    began, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Taken(seconds, cpu, answer_seconds(), idle, _resident("VmHWM"))


def _resident(name: str) -> int:
    # Not getrusage: what it tells of a new process includes the one it was forked from.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


@contextmanager
def _waits() -> Iterator[_Waits]:
    """The time in which the block waits for answers."""
    waits = _Waits()
    send = URLLib3Session.send

    def timed(session: URLLib3Session, request: Any) -> Any:
        began = time.perf_counter()
        try:
            return send(session, request)
        finally:
            waits.seconds += time.perf_counter() - began

    with patch.object(URLLib3Session, "send", timed):
        yield waits


if __name__ == "__main__":
    main(sys.argv[1:])
