"""Instants as the API writes them: ISO 8601, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

DAY_SECONDS = 86_400

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def format_time(moment: datetime) -> str:
    """`2026-02-23T16:30:05.123Z`; sorts as text like the instants it stands for."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """The instant that an ISO 8601 text with an offset names.

    Raises:
        ValueError: It is not ISO 8601, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset: end it in Z or +hh:mm")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error


def now() -> str:
    """The present, as `format_time` writes it."""
    return format_time(datetime.now(UTC))


def day_of(at: str) -> str:
    """The day, `2026-02-23`, of a time as `format_time` writes it."""
    return at[: len("2026-02-23")]


def to_milliseconds(text: str) -> int:
    """Unix milliseconds of a time as `format_time` writes it."""
    moment = datetime.fromisoformat(text)
    # In whole numbers: a float of seconds is off by a millisecond now and then.
    return (moment - _EPOCH) // _MILLISECOND


def first_millisecond(text: str) -> int:
    """The first of the Unix milliseconds that are not before a time.

    Raises:
        ValueError: As for `parse_time`.
    """
    return -((_EPOCH - parse_time(text)) // _MILLISECOND)


def from_milliseconds(milliseconds: int) -> str:
    """`format_time` of Unix milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{format_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=4096)
def format_second(seconds: int) -> str:
    """`2026-02-23T16:30:05` of Unix seconds; logs have many lines of the same."""
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat(timespec="seconds")
