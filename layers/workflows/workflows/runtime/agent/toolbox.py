"""The tools that an agent offers to its model: other node types, each with a config that names `args`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from workflows.adapters.node_functions import invoke_node_function
from workflows.domain.conversation import Tool, ToolCall, ToolResult
from workflows.domain.errors import NodeError, Unavailable
from workflows.domain.inputs_schema import input_problems
from workflows.domain.payload import encode
from workflows.domain.tool_answer import ToolAnswer, error_answer, output_answer
from workflows.domain.workflow import JsonValue, Node
from workflows.runtime.agent.patience import Patience
from workflows.runtime.agent.settings import schema_setting
from workflows.runtime.node import NodeContext
from workflows.runtime.node_call import call_node
from workflows.runtime.nodes.inline import INLINE_NODES

MAX_CALLS = 16
"""Of one answer of a model's; it is told of those beyond."""

_MARGIN_SECONDS = 5.0
"""How long the other function may take beyond the tool's own time, to start and to answer."""


@dataclass
class Toolbox:
    """
    Attributes:
        context: The agent's.
        configs: Of its tools, as the version has them.
    """

    context: NodeContext
    configs: list[dict[str, JsonValue]]
    patience: Patience
    _seen: Counter[str] = field(default_factory=Counter)

    @cached_property
    def offers(self) -> dict[str, Tool]:
        """What the model is told of them, by name."""
        return {config["name"]: self._offer(config) for config in self.configs}

    def answer(self, calls: tuple[ToolCall, ...]) -> tuple[ToolResult, ...]:
        """Do what a model asks for, one after another; what fails is told to it."""
        results = []
        for number, call in enumerate(calls):
            if number < MAX_CALLS:
                answer = self._call(call)
            else:
                answer = error_answer("too_many_calls", f"at most {MAX_CALLS} tools at once")
            if error := answer.get("error"):
                text = f"Error: {error['code']}: {error['detail']}"
                self.context.log.warning(f"tool {call.name[:64]} failed: {error['code']}: {error['detail']}")
            else:
                text = answer["output"]
            results.append(ToolResult(call.call_id, text, is_error="error" in answer))
        return tuple(results)

    def _offer(self, config: Mapping[str, JsonValue]) -> Tool:
        name = config["name"]
        description = self.context.resolve(config["description"], f"tools.{name}.description")
        if not isinstance(description, str) or not description.strip():
            raise NodeError("agent_config_invalid", f"tools.{name}.description must be a text")
        parameters = schema_setting(self.context, config["parameters"], f"tools.{name}.parameters")
        return Tool(name, description, parameters)

    def _call(self, call: ToolCall) -> ToolAnswer:
        config = next((config for config in self.configs if config["name"] == call.name), None)
        if config is None:
            return error_answer("tool_unknown", "there is no such tool")
        if problems := input_problems(self.offers[call.name].parameters, call.args, ""):
            told = "; ".join(f"{each.pointer or 'the arguments'}: {each.detail}" for each in problems[:10])
            return error_answer("tool_arguments_invalid", told)
        began = time.monotonic()
        if config["function"] == "inline":
            answer = self._run_here(config, call.args)
        else:
            answer = self._run_there(config, call.args)
        if "output" in answer:
            seconds = round(time.monotonic() - began, 3)
            self.context.log.info(f"tool {call.name} completed", args=call.args, seconds=seconds)
        return answer

    def _run_here(self, config: Mapping[str, JsonValue], args: JsonValue) -> ToolAnswer:
        """Inline types are code that this function has too."""
        context = replace(
            self.context,
            node=Node(self.context.node.id, config["type"], config["config"]),
            environment=replace(self.context.environment, known={"args": args}),
            bound_seconds=min(config["bound_seconds"], self.patience.seconds_left()),
        )
        try:
            return output_answer(call_node(INLINE_NODES, context).output)
        except NodeError as error:
            return error_answer(error.code, error.detail)

    def _run_there(self, config: Mapping[str, JsonValue], args: JsonValue) -> ToolAnswer:
        """All others run in the function of their type: it has the rights that they need, this one not."""
        left = self.patience.seconds_left()
        execution = self.context.environment.snapshot.execution
        event = {
            "run": {
                "execution_id": execution.execution_id,
                "workflow_id": execution.workflow_id,
                "version": execution.version,
                "attempt": execution.attempt,
                "path": self.context.environment.path,
            },
            "tool": {
                "node_id": self.context.node.id,
                "name": config["name"],
                "args": args,
                "call_key": self._call_key(config["name"], args),
                "seconds": min(config["bound_seconds"], left),
            },
        }
        wait_seconds = min(left, config["bound_seconds"] + _MARGIN_SECONDS)
        try:
            answer: ToolAnswer = invoke_node_function(
                config["function"], event, self.patience.on_wait, wait_seconds
            )
        except TimeoutError:
            return error_answer("tool_timeout", f"it took longer than {wait_seconds:.0f} s")
        except Unavailable as error:
            return error_answer("tool_unavailable", error.detail)
        return answer

    def _call_key(self, name: str, args: JsonValue) -> str:
        """The same where another try of the node makes the same call, as often as this one did before."""
        digest = sha256(encode([name, args]).encode()).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{self.context.idempotency_key}/{name}/{digest}/{self._seen[digest]}"
