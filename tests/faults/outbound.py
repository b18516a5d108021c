"""The servers that `http` nodes call: what they answer is in the path."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from tests.faults.loop import owner
from tests.faults.monitor import Monitor
from tests.faults.seam import Seam
from workflows.adapters.outbound_http import OutboundLimits, OutboundRequest, OutboundResponse
from workflows.domain.errors import NodeError


class Servers:
    """`https://server/<what>/<node id>`, with what of:

    ok: answers after a while. flaky: now and then with 503. broken: always with 500.
    late: the first time in an execution with 400, then as it should.

    Attributes:
        sent: Requests by the node's Idempotency-Key.
        is_kind: Then nothing is flaky or late.
    """

    def __init__(self, monitor: Monitor, seam: Seam, random: Random) -> None:
        self.sent: Counter[str] = Counter()
        self.is_kind = False
        self._monitor = monitor
        self._seam = seam
        self._random = random

    def send(
        self,
        request: OutboundRequest,
        _guard: Any,
        limits: OutboundLimits,
        *,
        on_wait: Callable[[], None],
        **_: Any,
    ) -> OutboundResponse:
        what, name = request.url.rsplit("/", 2)[1:]
        key = request.headers["Idempotency-Key"]
        execution_id, node_id = key.split("/", 1)
        who = owner()
        self.sent[key] += 1
        self._monitor.on_send(who, execution_id, node_id)
        seconds = self._random.uniform(0.05, 6)
        until = time.time() + limits.timeout_seconds
        while seconds > 0:
            pause = min(seconds, 0.5)
            self._seam.sleep(pause)
            seconds -= pause
            on_wait()
            if time.time() > until:
                raise NodeError("http_timeout", "it took too long", retryable=True)
            if what != "broken" and not self.is_kind and self._random.random() < 0.002:
                raise NodeError("http_status", "the connection broke", retryable=True)
        self._monitor.on_send(who, execution_id, node_id)
        status = self._status(what, key)
        body = json.dumps({"of": name, "status": status}).encode()
        return OutboundResponse(status, {"content-type": "application/json"}, body, request.url, 1)

    def _status(self, what: str, key: str) -> int:
        if what == "broken":
            return 500
        if self.is_kind:
            return 200
        if what == "late" and self.sent[key] == 1:
            return 400
        return 503 if what == "flaky" and self._random.random() < 0.3 else 200
