"""The header `Retry-After`, RFC 9110, section 10.2.3."""

from __future__ import annotations

from contextlib import suppress

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader


def retry_after_seconds(text: str | None) -> float:
    """How long a server asks to wait; 0 where it does not, or what it says cannot be read."""
    with suppress(InvalidHeader, ValueError, OverflowError):
        return float(Retry().parse_retry_after(text or ""))
    return 0.0
