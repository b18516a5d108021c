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


SAMPLE_TARGETS = Targets(
    functions={
        "inline": "arn:aws:lambda:us-east-1:123456789012:function:workflows-InlineNodeFunction-AbCdEfGhIjKl",
        "http": "arn:aws:lambda:us-east-1:123456789012:function:workflows-HttpNodeFunction-AbCdEfGhIjKl",
    },
    retryable_errors=("TryFailed", "Sandbox.Timedout", "Lambda.Unknown", "States.Timeout"),
)
"""Of the length that a deployed stack's have, to show or to measure what a workflow compiles to."""
