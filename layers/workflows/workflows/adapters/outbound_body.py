"""Where the body of a response goes while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class BodyTooLarge(Exception):
    """A body is larger than it may be.

    Attributes:
        most_bytes: How large it may be.
    """

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"more than {most_bytes} bytes")
        self.most_bytes = most_bytes


class BodySink(Protocol):
    """Takes bodies, one after another, as each try and each redirect may have one: only the last counts."""

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """A body follows; what came before is let go of."""

    def write(self, data: bytes) -> None:
        """Take the next bytes of it.

        Raises:
            BodyTooLarge: They are too many.
        """

    def content(self) -> bytes:
        """What of it is in memory."""


@dataclass
class MemoryBody:
    """A body in memory.

    Attributes:
        most_bytes: How large it may be.
    """

    most_bytes: int
    _data: bytearray = field(default_factory=bytearray)

    def begin(self, _status: int, _headers: Mapping[str, str]) -> None:
        self._data.clear()

    def write(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > self.most_bytes:
            raise BodyTooLarge(self.most_bytes)

    def content(self) -> bytes:
        return bytes(self._data)
