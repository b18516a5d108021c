"""Node types that do one of several things, each with fields of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from workflows.compiler.node_types.kind import Config
from workflows.domain.errors import Problem

Operations = Mapping[str, tuple[Collection[str], Collection[str]]]
"""By operation: the fields that it needs, and those that it may have besides."""


def operation_rules(operations: Operations, common: Collection[str]) -> Callable[[Config], Iterator[Problem]]:
    """The rules by which each operation has its fields, and none of another's.

    Args:
        common: The fields that belong to all.
    """

    def rules(config: Config) -> Iterator[Problem]:
        operation = config.get("operation")
        if not isinstance(operation, str) or operation not in operations:
            return  # That is told of the field itself.
        needed, possible = operations[operation]
        for name in needed:
            if name not in config:
                yield Problem(f"/{name}", f"{name} is required to {operation}")
        others = {name for pair in operations.values() for names in pair for name in names}
        for name in config:
            if name in others - {*needed, *possible, *common} and config[name] is not None:
                yield Problem(f"/{name}", f"{name} is of no use to {operation}")

    return rules
