"""Times and durations, as people read them."""

from __future__ import annotations

from workflows.domain.times import to_milliseconds

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def between(start: str, end: str) -> float:
    """The seconds from one time to another."""
    return (to_milliseconds(end) - to_milliseconds(start)) / 1000


def duration(seconds: float) -> str:
    """`0.12 s`, `3.4 s`, `2 min 5 s`, `3 h 2 min`: the largest unit and the one below."""
    if seconds < 0.001:
        return "0 s"
    if seconds < 59.5:
        digits = 3 if seconds < 0.01 else 2 if seconds < 1 else 1 if seconds < 10 else 0
        return f"{seconds:.{digits}f} s"
    rest = round(seconds)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count} {unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts))


def clock(at: str) -> str:
    """`2026-02-23 16:30:05.123`, of a time as `format_time` writes it."""
    return at.replace("T", " ").removesuffix("Z")
