"""Counts requests, so that endpoints refuse what is beyond a caller's rate before they do any work."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.environment import required
from workflows.adapters.stores import usage_counters
from workflows.adapters.usage_counters import UsageCounters
from workflows.domain.access import Caller
from workflows.domain.endpoints import Endpoint, Kind
from workflows.domain.rate_limits import Rates, Usage, Window, subject
from workflows.services.quotas import shares

logger = logging.getLogger(__name__)

_VARIABLES: dict[Kind, str] = {
    "execute": "EXECUTE_RATE",
    "get": "GET_RATE",
    "list": "LIST_RATE",
    "download": "DOWNLOAD_RATE",
    "other": "OTHER_RATE",
}


@dataclass(frozen=True, slots=True)
class RateLimits:
    counters: UsageCounters
    rates: Rates

    def count(self, caller: Caller, endpoint: Endpoint) -> Usage | None:
        """Count a request; returns how much of the rate is used, exactly also where many come at once.

        None: it could not be counted, and is let through. To refuse all callers would turn a failing counter
        into an outage.
        """
        who, unix_time = subject(caller), time.time()
        window = Window.at(who, unix_time)
        counter = f"rate#{endpoint.name}#{who}#{window.ends_at}"
        try:
            used = self.counters.count(counter, window.ends_at)
        except SERVICE_FAILURES as error:
            logger.warning("a request is not counted: %s", type(error).__name__)
            return None
        return Usage(endpoint.name, self.rates.limit(caller, endpoint), used, window.reset_seconds(unix_time))


@cache
def rates() -> Rates:
    return Rates({kind: int(required(variable)) for kind, variable in _VARIABLES.items()}, shares())


@cache
def rate_limits() -> RateLimits:
    return RateLimits(usage_counters(), rates())
