"""Makes reports of executions, and links to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from workflows.adapters.executions import Snapshot
from workflows.adapters.object_store import Bucket
from workflows.adapters.stores import logs_bucket
from workflows.domain.access import Caller, require_data
from workflows.domain.ids import new_id
from workflows.domain.log_archive import LONGEST_NODE_SECONDS
from workflows.domain.times import format_time, now
from workflows.domain.transitions import later
from workflows.report.page import page
from workflows.services.executions import SETTLING_SECONDS, Executions, executions
from workflows.services.log_downloads import LINK_SECONDS, Download
from workflows.services.report_contents import report_of

_CONTENT_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reports:
    executions: Executions
    bucket: Bucket

    def create(self, caller: Caller, execution_id: str) -> Download:
        """Link to the report of an execution as it is now: a page, to be opened in a browser.

        Of one that has ended it is made once a day at most, unless something has changed.

        Raises:
            NotFound, Forbidden: As the caller may see it.
        """
        snapshot = self.executions.snapshot(caller, execution_id)
        require_data(caller, snapshot.execution, "see its report")
        # A day is less than the bucket keeps it.
        state = f"{_digest(snapshot)}-{now()[:10]}" if _is_settled(snapshot) else new_id()
        # Of the folder that goes with the execution, and its files' lifecycle.
        key = f"exports/{execution_id}/report-{state}.html"
        if not (_is_settled(snapshot) and self.bucket.has(key)):
            html = page(report_of(self.executions, snapshot))
            self.bucket.put(key, html.encode(), _CONTENT_TYPE)
        filename = f"execution-{execution_id}-report.html"
        url = self.bucket.presign(
            key, filename=filename, content_type=_CONTENT_TYPE, expires_seconds=LINK_SECONDS, is_inline=True
        )
        expires_at = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
        return Download(url, filename, format_time(expires_at))


def _is_settled(snapshot: Snapshot) -> bool:
    """Whether nothing more is written of the execution, unless it is retried."""
    execution, records = snapshot.execution, snapshot.nodes.values()
    if not execution.is_terminal or execution.is_cleaning_up:
        return False
    if any(
        record.status in ("running", "waiting") and (record.lease_until or "") > now() for record in records
    ):
        return False
    if any(record.is_iterating for record in records):
        # It was ended amid a loop, and nodes in that may be under way, of which these records do not say.
        return later(execution.completed_at or "", LONGEST_NODE_SECONDS) < now()
    ended_at = max(at or "" for at in (execution.completed_at, *(record.completed_at for record in records)))
    return later(ended_at, SETTLING_SECONDS) < now()


def _digest(snapshot: Snapshot) -> str:
    """The same as long as the records are."""
    items = [snapshot.execution.to_item(), *(record.to_item() for record in snapshot.nodes.values())]
    return sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()[:32]


@cache
def reports() -> Reports:
    return Reports(executions(), logs_bucket())
