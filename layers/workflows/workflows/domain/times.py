"""Instants as the API writes them: ISO 8601, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


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
