"""Times and durations, as people read and write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from wfx.errors import UsageFault

_AGO = re.compile(r"(\d+)([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str) -> str:
    """A time as the API takes it: `90s`, `15m`, `2h` and `3d` are so long ago; others stay as they are.

    Raises:
        UsageFault: It is longer ago than there are times.
    """
    match = _AGO.fullmatch(text)
    if match is None:
        return text
    try:
        time = datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    except (OverflowError, ValueError) as error:
        raise UsageFault(f"this is too long ago: {text}") from error
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def second_of(time: object) -> str:
    """`2026-02-23 16:30:05` of a time of the API, which is UTC."""
    return str(time or "")[:19].replace("T", " ")


def duration(start: object, end: object, now: datetime | None = None) -> str:
    """How long it was from one time of the API to another, or is until `now`."""
    began, ended = _parsed(start), _parsed(end) or now
    if began is None or ended is None:
        return ""
    return _of_seconds(max(0.0, (ended - began).total_seconds()))


def _of_seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def _parsed(time: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(str(time))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None
