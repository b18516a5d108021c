"""The node types: what their configs hold, which handles they have, which function runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workflows.compiler import node_configs as configs
from workflows.compiler.fields import Field, Fields, an_object, anything, number, read_fields, text
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

Config = dict[str, JsonValue]

INLINE = "inline"
"""The function of nodes that any other function can run too: their code is in the shared layer."""

INLINE_SECONDS = 5.0
"""What the runtime lets an expression take at most."""


def _no_problem(_: Config) -> Iterator[Problem]:
    return iter(())


def _as_read(config: Config) -> Config:
    return config


@dataclass(frozen=True, slots=True)
class NodeType:
    """One type of node.

    Attributes:
        name: Its canonical name.
        fields: Its config.
        function: Which function runs it.
        bound_seconds: How long it takes at most, by its config.
        handles: For a type that branches, the handles which a config as given has.
        rules: What is wrong across fields, with pointers from the config on.
        complete: The config as the runtime gets it, from one without problems.
    """

    name: str
    fields: Fields
    function: str = INLINE
    bound_seconds: Callable[[Config], float] = lambda _: INLINE_SECONDS
    handles: Callable[[Config], tuple[str, ...]] | None = None
    rules: Callable[[Config], Iterator[Problem]] = _no_problem
    complete: Callable[[Config], Config] = _as_read

    def read_config(self, config: Config, pointer: str) -> tuple[Config, list[Problem]]:
        """Returns the config with its defaults, and what is wrong with it."""
        values, problems = read_fields(config, self.fields, pointer)
        problems += [Problem(pointer + problem.pointer, problem.detail) for problem in self.rules(config)]
        return (values, problems) if problems else (self.complete(values), [])


_TYPES = (
    NodeType("start", {}),
    NodeType("end", {"output": Field(anything)}),
    NodeType("transform", {"value": Field(anything, required=True)}),
    NodeType(
        "condition",
        {
            "expression": Field(configs.whole_expression),
            "field": Field(text()),
            "operator": Field(configs.operator),
            "condition_type": Field(configs.operator),
            "value": Field(anything),
        },
        handles=lambda _: ("true", "false"),
        rules=configs.condition_rules,
        complete=configs.complete_condition,
    ),
    NodeType(
        "switch",
        {"cases": Field(configs.cases, required=True), "default": Field(configs.case_name)},
        handles=configs.switch_handles,
        rules=configs.switch_rules,
    ),
    NodeType(
        "http",
        {
            "method": Field(configs.method, default="GET"),
            "url": Field(text(), required=True),
            "headers": Field(an_object, default={}),
            "query": Field(an_object, default={}),
            "json": Field(anything),
            "body": Field(text(0)),
            "timeout_seconds": Field(number(0, 600, above=True), default=30),
            "expect_status": Field(configs.statuses),
        },
        function="http",
        bound_seconds=lambda config: float(config["timeout_seconds"]),
        rules=configs.http_rules,
        complete=lambda config: {**config, "method": config["method"].upper()},
    ),
    NodeType(
        "delay",
        {"seconds": Field(configs.delay_seconds), "until": Field(configs.delay_until)},
        rules=configs.delay_rules,
    ),
)

NODE_TYPES: Mapping[str, NodeType] = {kind.name: kind for kind in _TYPES}
"""By canonical name."""

_ALIASES = {"input": "start", "output": "end", "tool": "http"}


def node_type(name: str) -> NodeType | None:
    """Returns the type of that name or alias."""
    return NODE_TYPES.get(_ALIASES.get(name, name))


def is_branching(name: str) -> bool:
    """Whether nodes of this (canonical) type choose one of their handles."""
    return NODE_TYPES[name].handles is not None
