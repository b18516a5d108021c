"""Settings from the function's environment, read at first use."""

from __future__ import annotations

import os


class MissingSetting(RuntimeError):
    """A function was deployed without a variable that it needs."""


def required(name: str) -> str:
    """The variable `name`.

    Raises:
        MissingSetting: It is unset or empty; the message names it.
    """
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(f"the environment variable {name} is not set")
    return value


def optional(name: str, default: str = "") -> str:
    """The variable `name`; `default` where it is unset or empty."""
    return os.environ.get(name) or default


def listed(name: str) -> tuple[str, ...]:
    """The comma-separated parts of the variable `name`; none where it is unset."""
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())
