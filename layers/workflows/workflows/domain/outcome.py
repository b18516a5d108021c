"""How Step Functions ended an attempt."""

from __future__ import annotations

from dataclasses import dataclass

MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Step Functions says of an attempt that does not run.

    Attributes:
        status: SUCCEEDED, FAILED, TIMED_OUT or ABORTED; or MISSING, where it is not known.
    """

    status: str
    error: str | None = None
    cause: str | None = None
