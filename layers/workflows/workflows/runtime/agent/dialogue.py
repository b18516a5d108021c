"""An agent's conversation with its model: tools as it asks for them, and an answer by a schema."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from workflows.domain.conversation import Message, ModelAnswer, ModelRequest, Usage
from workflows.domain.errors import NodeError
from workflows.domain.workflow import JsonValue
from workflows.runtime.agent.answers import Unfit, complaint, instruction, read_answer
from workflows.runtime.agent.patience import Model, Patience
from workflows.runtime.agent.toolbox import Toolbox
from workflows.runtime.node import NodeContext

_MALFORMED = frozenset({"malformed_model_output", "malformed_tool_use"})
_TOO_LONG = "model_context_window_exceeded"


@dataclass
class Dialogue:
    """
    Attributes:
        request: The first one: what is asked, and how.
        max_rounds: How many times the model may ask for tools.
    """

    context: NodeContext
    model: Model
    patience: Patience
    toolbox: Toolbox
    request: ModelRequest
    max_rounds: int
    usage: Usage = field(default_factory=Usage)
    _messages: list[Message] = field(default_factory=list)

    def hold(self) -> JsonValue:
        """The node's output.

        Raises:
            NodeError: The model cannot be asked, asks for tools without end, or gives no fit answer.
        """
        schema = self.request.answer_schema
        self._messages = list(self.request.messages)
        if schema is not None:
            first = self._messages[0]
            self._messages[0] = replace(first, text=first.text + instruction(schema))
        rounds, complaints = 0, 0
        while True:
            answer = self._ask()
            self._messages.append(answer.message)
            if answer.message.calls:
                rounds += 1
                if rounds > self.max_rounds:
                    detail = f"the model still asks for tools after {self.max_rounds} rounds of them"
                    raise NodeError("agent_rounds_exhausted", detail)
                results = self.toolbox.answer(answer.message.calls)
                self._messages.append(Message("user", results=results))
                continue
            if schema is None:
                return self._output(answer)
            try:
                value = read_answer(answer.message.text, schema)
            except Unfit as error:
                self.context.log.warning(f"the model's answer does not do: {error}")
                if complaints:
                    detail = f"the model's second answer, too, does not do ({answer.stop_reason}): {error}"
                    raise NodeError("agent_output_invalid", detail) from error
                complaints += 1
                self._messages.append(Message("user", complaint(str(error))))
            else:
                return {**self._output(answer), "json": value}

    def _ask(self) -> ModelAnswer:
        began = time.monotonic()
        answer = self.patience.ask(self.model, replace(self.request, messages=tuple(self._messages)))
        self.usage += answer.usage
        self.context.log.info(
            f"the model answered: {answer.stop_reason}",
            model=self.request.model,
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            seconds=round(time.monotonic() - began, 3),
        )
        if answer.stop_reason == _TOO_LONG:
            raise NodeError("agent_context_too_long", "the conversation is too long for the model")
        if answer.stop_reason in _MALFORMED:
            raise NodeError(
                "agent_model_failed", f"the model ended with {answer.stop_reason}", retryable=True
            )
        return answer

    def _output(self, answer: ModelAnswer) -> dict[str, JsonValue]:
        return {
            "text": answer.message.text,
            "stop_reason": answer.stop_reason,
            "usage": self.usage.to_json(),
        }
