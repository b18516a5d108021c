"""Cursors: where to go on in a list, as callers carry it from one page to the next."""

from __future__ import annotations

from workflows.adapters.stored_secrets import master_secret
from workflows.domain.errors import Malformed, Problem
from workflows.domain.seal import SealBroken, seal, unseal


def to_cursor(place: bytes, context: str) -> str:
    """A cursor for a place in what `context` names: a list or log, with its filter and order."""
    return seal(master_secret(), place, context)


def from_cursor(cursor: str, context: str) -> bytes:
    """The place that a cursor stands for.

    Raises:
        Malformed: It was not returned for this list, filter and order.
    """
    try:
        return unseal(master_secret(), cursor, context)
    except SealBroken as error:
        raise bad_cursor("is not one that was returned for this list, filter and order") from error


def bad_cursor(detail: str) -> Malformed:
    """What to raise for a cursor that cannot be gone on by."""
    return Malformed(f"cursor: it {detail}", problems=(Problem("cursor", detail),))
