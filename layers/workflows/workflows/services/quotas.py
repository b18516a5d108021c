"""How much callers may have: executions started in a day, and stored workflows.

How many executions of a user run at once is a matter of slots: the surplus waits.
"""

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
from workflows.domain.errors import QuotaExceeded
from workflows.domain.rate_limits import Shares, subject
from workflows.domain.times import DAY_SECONDS

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Counts what callers start in a day.

    Attributes:
        executions_per_day: Of a standard user, by days in UTC.
    """

    counters: UsageCounters
    shares: Shares
    executions_per_day: int

    def take_execution(self, caller: Caller) -> None:
        """Count an execution that is about to be accepted; where that fails, it is let through.

        Raises:
            QuotaExceeded: The caller has started as many today as they may.
        """
        limit = self.shares.of(caller.tier, self.executions_per_day)
        unix_time = int(time.time())
        ends_at = (unix_time // DAY_SECONDS + 1) * DAY_SECONDS
        try:
            has_room = self.counters.take(f"executions#{subject(caller)}#{ends_at}", limit, ends_at)
        except SERVICE_FAILURES as error:
            logger.warning("an execution is not counted: %s", type(error).__name__)
            return
        if not has_room:
            raise QuotaExceeded(
                f"you have started {limit} executions today (UTC), as many as you may", ends_at - unix_time
            )


@cache
def shares() -> Shares:
    return Shares(int(required("ANONYMOUS_PERCENT")), int(required("PREMIUM_PERCENT")))


def workflow_limit(caller: Caller) -> int:
    """How many workflows the caller may have."""
    return shares().of(caller.tier, int(required("MAX_WORKFLOWS_PER_USER")))


@cache
def quotas() -> Quotas:
    return Quotas(usage_counters(), shares(), int(required("MAX_EXECUTIONS_PER_DAY")))
