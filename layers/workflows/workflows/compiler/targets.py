"""Where the compiled state machine runs its nodes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Targets:
    """The deployed things that the ASL names.

    Attributes:
        function_arn_prefix: What the ARN of every node function begins with, before the name that
            `node_types` gives. A state machine outlives many deployments, so these names never change.
        names_errors: Whether the engine tells what a function raised by its name.
    """

    function_arn_prefix: str
    names_errors: bool = True

    def function_arn(self, name: str) -> str:
        return self.function_arn_prefix + name

    def function_name(self, name: str) -> str:
        """Returns what Lambda calls the function: the last part of its ARN."""
        return self.function_arn(name).rpartition(":")[2]


SAMPLE_TARGETS = Targets("arn:aws:lambda:ap-northeast-1:123456789012:function:abcdefghijkl-")
"""To show or to measure what a workflow compiles to: as long as those of any stack in a commercial region."""
