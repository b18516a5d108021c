"""What a tool of an agent gives back, cut to what a model is to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from workflows.domain.payload import encode, json_fault

if TYPE_CHECKING:
    from workflows.domain.workflow import JsonValue

MAX_OUTPUT_BYTES = 100_000
"""Of an output that a model reads: it is paid for with each further call."""


class ToolError(TypedDict):
    code: str
    detail: str


class ToolAnswer(TypedDict, total=False):
    """Either of the two.

    Attributes:
        output: Text for the model.
        error: Why there is none.
    """

    output: str
    error: ToolError


def output_answer(output: JsonValue) -> ToolAnswer:
    """The answer of a tool that has done its work."""
    if fault := json_fault(output):
        return error_answer("output_invalid", f"its output {fault}")
    text = output if isinstance(output, str) else encode(output)
    data = text.encode()
    if len(data) > MAX_OUTPUT_BYTES:
        kept = data[:MAX_OUTPUT_BYTES].decode(errors="ignore")
        text = f"{kept}\n[cut: these are the first {MAX_OUTPUT_BYTES} of {len(data)} bytes]"
    return {"output": text}


def error_answer(code: str, detail: str) -> ToolAnswer:
    """The answer of a tool that has failed."""
    return {"error": {"code": code, "detail": detail}}
