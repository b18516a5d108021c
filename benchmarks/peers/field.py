"""All that take part: started at the same time, asked in turns, and left out once they fail."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.peers.environments import NotInstalledError, environment
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import Contender, Peer, PeerError
from benchmarks.rows import Rows

PEERS = {
    "Prefect": "prefect",
    "DBOS": "dbos",
    "AWS durable functions": "durable",
    "Temporal": "temporal",
    "Restate": "restate",
    "Dagster": "dagster",
}
"""The package of each."""

_START_SECONDS = 180

T = TypeVar("T")


@dataclass
class Field:
    """
    Attributes:
        rows: Where figures go, and who fails.
        ours: Also the first of `contenders`.
        contenders: Those that take part still.
    """

    rows: Rows
    ours: Ours
    contenders: list[Contender] = field(default_factory=list)

    def all_try(self, what: str, ask: Callable[[Contender], T]) -> dict[str, T]:
        """Ask each in turn, and give what those answer that can, by name.

        Args:
            what: What is asked, for the row of one that fails.
        """
        asked = ((each, self.one_tries(each, what, ask)) for each in list(self.contenders))
        return {each.name: answer[0] for each, answer in asked if answer}

    def one_tries(self, contender: Contender, what: str, ask: Callable[[Contender], T]) -> tuple[T] | None:
        """Ask one, unless it has failed before; None if it fails."""
        if contender not in self.contenders:
            return None
        try:
            return (ask(contender),)
        except PeerError as error:
            self.rows.add(f"{contender.name}: {what}", f"failed: {error}")
            self.contenders.remove(contender)
            contender.stop()
            return None

    def all_work(self, what: str, ask: Callable[[Contender], object]) -> None:
        """Ask all at the same time, where the time that it takes is no figure."""
        with ThreadPoolExecutor(len(self.contenders) or 1) as pool:
            asked = {contender.name: pool.submit(ask, contender) for contender in self.contenders}
            self.all_try(what, lambda contender: asked[contender.name].result())


@contextmanager
def playing_field(rows: Rows) -> Iterator[Field]:
    """All that can be installed, and start."""
    Path(".bench").mkdir(exist_ok=True)
    # Not where temporary files go: that may be memory, which is faster than any disk.
    with tempfile.TemporaryDirectory(dir=".bench", prefix="run-", ignore_cleanup_errors=True) as directory:
        home = Path(directory).absolute()
        found = Field(rows, Ours(home / "ours"))
        try:
            _start(found, home)
            yield found
        finally:
            for contender in found.contenders:
                contender.stop()


def _start(found: Field, home: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        installed = {name: pool.submit(environment, package) for name, package in PEERS.items()}
        found.contenders.append(found.ours)
        found.all_try("start", lambda ours: ours.call("start", seconds=_START_SECONDS))
        for name, package in PEERS.items():
            try:
                place = installed[name].result()
            except NotInstalledError as error:
                found.rows.add(f"{name}: installation", f"not to be had here: {error}")
            else:
                found.contenders.append(Peer(name, package, place, home / package))
    peers = [each for each in found.contenders if each is not found.ours]
    with ThreadPoolExecutor(len(peers) or 1) as pool:
        starts = {each.name: pool.submit(_start_peer, each, home) for each in peers}
    found.all_try("start", lambda each: starts[each.name].result() if each.name in starts else None)


def _start_peer(peer: Contender, home: Path) -> None:
    peer.call("start", str(home), seconds=_START_SECONDS)
