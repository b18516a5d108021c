"""What goes wrong, and the exit code that tells a script of it.

WfxError
├── UsageFault      2: what was typed, or a file, is not right
├── Refused         2: the API says no, and would say so again
└── Unavailable     4: there is no answer for now, or none of this API
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    REFUSED = 2
    CANCELLED = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130


EXIT_CODES = (
    "Exit codes: 0 done, or completed; 1 the execution failed, or the definition is not valid; "
    "2 wrong usage, or the API refused; 3 the execution was cancelled; "
    "4 no answer for now: try again later; 130 interrupted."
)


class WfxError(Exception):
    """What a person can mend, told in a line, and a line for each of `problems`.

    Attributes:
        problems: Places and what is wrong there, each as (pointer, detail).
    """

    exit_code: ExitCode

    def __init__(self, message: str, problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class UsageFault(WfxError):
    exit_code = ExitCode.REFUSED


class Refused(WfxError):
    """A 4xx.

    Attributes:
        status: HTTP status.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, status: int, problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, problems)
        self.status = status


class Unavailable(WfxError):
    exit_code = ExitCode.UNAVAILABLE
