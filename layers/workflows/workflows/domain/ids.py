"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import re
import time
import uuid

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then randomness."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | random_bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def id_milliseconds(text: str) -> int:
    """When an id was made, in Unix milliseconds."""
    return int(text[:8] + text[9:13], 16)


def first_id(milliseconds: int) -> str:
    """A text that sorts before all ids made in a millisecond or later, and after all others."""
    digits = f"{max(0, milliseconds):012x}"
    return f"{digits[:8]}-{digits[8:12]}"


def is_id(text: str) -> bool:
    """Whether `text` could have come from `new_id`."""
    return _UUID7.fullmatch(text) is not None
