"""What the compiler must know of a node type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflows.compiler.fields import Fields, read_fields
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

Config = dict[str, JsonValue]

INLINE = "inline"
"""The function of nodes that any other function can run too: their code is in the shared layer."""

INLINE_SECONDS = 5.0
"""What the runtime lets an expression take at most."""

Suspension = Literal["no", "wait", "loop", "token"]
"""What comes between a node's Task and the next: nothing; a Wait, which the next Task need not know of; its
iterations, which the next Task gathers; or the Task goes on until somebody answers its token."""


def _no_problem(_: Config) -> Iterator[Problem]:
    return iter(())


def _as_read(config: Config) -> Config:
    return config


@dataclass(frozen=True, slots=True)
class Scope:
    """What the expressions at a place of a config may name, beside what all may.

    Attributes:
        secrets: Whether they may name secrets.
        args: Whether they may name `args`, which a model gives to a tool.
    """

    secrets: bool = False
    args: bool = False


@dataclass(frozen=True, slots=True)
class NodeType:
    """One type of node.

    Attributes:
        name: Its canonical name.
        summary: What it does, in a sentence, for the definition's schema.
        output: What its output is, in a phrase that follows "Its output is".
        fields: Its config.
        function: Which function runs it.
        bound_seconds: How long it takes at most, by its config.
        handles: For a type that branches, the handles which a config as given has.
        rules: What is wrong across fields, with pointers from the config on.
        complete: The config as the runtime gets it, from one without problems.
        suspension: How the state machine goes on after it.
        takes_secrets: Whether its config may name secrets; not where it becomes the output.
        scope: What the expressions at a pointer from the config on may name, where not all are alike.
    """

    name: str
    summary: str
    output: str
    fields: Fields
    function: str = INLINE
    bound_seconds: Callable[[Config], float] = lambda _: INLINE_SECONDS
    handles: Callable[[Config], tuple[str, ...]] | None = None
    rules: Callable[[Config], Iterator[Problem]] = _no_problem
    complete: Callable[[Config], Config] = _as_read
    suspension: Suspension = "no"
    takes_secrets: bool = False
    scope: Callable[[Config, str], Scope] | None = None

    @property
    def description(self) -> str:
        """What it does and gives, for readers."""
        return f"{self.summary} Its output is {self.output}."

    def read_config(self, config: Config, pointer: str) -> tuple[Config, list[Problem]]:
        """Returns the config with its defaults, and what is wrong with it."""
        values, problems = read_fields(config, self.fields, pointer)
        problems += [Problem(pointer + problem.pointer, problem.detail) for problem in self.rules(config)]
        return (values, problems) if problems else (self.complete(values), [])

    def scope_at(self, config: Config, pointer: str) -> Scope:
        """Returns what the expressions in a config as given may name, at a pointer from it on."""
        return self.scope(config, pointer) if self.scope else Scope(secrets=self.takes_secrets)
