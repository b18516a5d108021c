"""Where the compiled state machine runs its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Targets:
    """The deployed things that the ASL names.

    Attributes:
        functions: ARN of the Lambda function per function name that `node_types` gives.
        retryable_errors: ASL error names which a node's own `retry` answers; `("States.ALL",)` where the
            engine loses them.
    """

    functions: Mapping[str, str]
    retryable_errors: tuple[str, ...]
