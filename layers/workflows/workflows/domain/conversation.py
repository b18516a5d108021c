"""What is said to a language model, and what it says: one shape, whatever the wire format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workflows.domain.workflow import JsonValue


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model may ask for.

    Attributes:
        parameters: What its arguments must be like: a JSON Schema of an object.
    """

    name: str
    description: str
    parameters: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model asks for.

    Attributes:
        call_id: The model's; the result bears it too.
        args: What it gives; as text where that is no JSON.
    """

    call_id: str
    name: str
    args: JsonValue


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call, for the model to read."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. The user's may hold results, the assistant's calls."""

    role: Literal["user", "assistant"]
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a conversation took."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.calls + other.calls,
        )

    def to_json(self) -> dict[str, int]:
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.input_tokens + self.output_tokens,
            "calls": self.calls,
        }


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """
    Attributes:
        model: As its provider names it.
        messages: The user's and the assistant's in turns, the user's first and last.
        answer_schema: What the answer is to be like, for providers that can see to it.
    """

    model: str
    messages: Sequence[Message]
    system: str | None = None
    tools: Sequence[Tool] = ()
    temperature: float | None = None
    max_tokens: int | None = None
    answer_schema: dict[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """
    Attributes:
        stop_reason: Why the model ended, in its provider's words.
    """

    message: Message
    stop_reason: str
    usage: Usage
