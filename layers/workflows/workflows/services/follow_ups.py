"""What the end or a pause of an execution means to others: a slot is free, a webhook and its log are due."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.attribute_values import AttributeValue
from workflows.domain.execution import Execution
from workflows.services.children import Relations, relations
from workflows.services.execution_stream import changed_item
from workflows.services.launches import Launches, launches
from workflows.services.log_archives import ArchiveRequests, archive_requests
from workflows.services.slots import Slots, slots
from workflows.services.webhooks import Webhooks, webhooks


@dataclass(frozen=True, slots=True)
class FollowUps:
    slots: Slots
    launches: Launches
    webhooks: Webhooks
    archives: ArchiveRequests
    relations: Relations

    def on_change(self, new: AttributeValue, old: AttributeValue) -> None:
        """Follow up a change in the table's stream, if the status is what changed."""
        item = changed_item(new, old)
        if item is not None:
            self.follow_up(Execution.from_item(item))

    def follow_up(self, execution: Execution) -> None:
        """Act on an execution that does not run any more; doing so again is harmless.

        Args:
            execution: As it was when its status changed; a later attempt may be on its way already.
        """
        if execution.is_terminal and execution.webhook_url:
            self.webhooks.enqueue(execution)
        if execution.is_terminal:
            self.relations.on_end(execution)
        self.archives.request(execution)
        self.slots.release(execution)
        for scope in execution.slots:
            self.launches.launch_waiting(scope)


@cache
def follow_ups() -> FollowUps:
    return FollowUps(slots(), launches(), webhooks(), archive_requests(), relations())
