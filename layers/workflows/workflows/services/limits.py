"""The limits that this stack was deployed with."""

from __future__ import annotations

from functools import cache

from workflows.adapters.environment import required
from workflows.domain.access import Caller
from workflows.domain.endpoints import Kind
from workflows.domain.rates import Rates, Shares

_VARIABLES: dict[Kind, str] = {
    "execute": "EXECUTE_RATE",
    "get": "GET_RATE",
    "list": "LIST_RATE",
    "download": "DOWNLOAD_RATE",
    "change": "CHANGE_RATE",
}


@cache
def shares() -> Shares:
    return Shares(int(required("ANONYMOUS_PERCENT")), int(required("PREMIUM_PERCENT")))


@cache
def rates() -> Rates:
    return Rates({kind: int(required(variable)) for kind, variable in _VARIABLES.items()}, shares())


def workflow_limit(caller: Caller) -> int:
    """How many workflows the caller may have."""
    return shares().of(caller.tier, int(required("MAX_WORKFLOWS_PER_USER")))
