"""A stack in memory and in virtual time: the real functions and services on fakes, under one seed."""

from __future__ import annotations

import logging
import os
import random as product_random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import time_machine

from tests.faults.dynamodb import FakeDynamoDB
from tests.faults.loop import EPOCH, Loop, owner
from tests.faults.monitor import Monitor
from tests.faults.outbound import Servers
from tests.faults.platform import Platform
from tests.faults.seam import Seam
from tests.faults.step_functions import FakeStepFunctions, Run
from tests.faults.stores import FakeS3, FakeSQS
from tests.faults.tables import Change, tables_of_template
from tests.functions import load
from tests.integration.aws import ENVIRONMENT
from workflows.adapters import (
    dynamodb,
    logs,
    object_store,
    queues,
    state_machines,
    stored_secrets,
    task_tokens,
)
from workflows.domain import ids
from workflows.runtime import environment, guard, records, specs
from workflows.runtime.cancellation import Cancellation
from workflows.runtime.node_log import NodeLog

_COLD_STARTS = 0.2


class World:
    """
    Attributes:
        index_lag_seconds: The most by which an index is behind its table.
    """

    def __init__(self, seed: str, index_lag_seconds: float = 3.0) -> None:
        self.random = Random(seed)
        self.loop = Loop()
        self.monitor = Monitor(lambda: self.loop.now)
        lag = self._stream("lag")
        self.dynamodb = FakeDynamoDB(
            tables_of_template(),
            now=lambda: self.loop.now,
            index_lag=lambda: lag.uniform(0, index_lag_seconds),
            on_change=self._on_change,
        )
        self.sqs = FakeSQS()
        services: dict[str, Any] = {"dynamodb": self.dynamodb, "s3": FakeS3(), "sqs": self.sqs}
        self.seam = Seam(self.loop, self._stream("seam"), services, self.monitor.on_call)
        self.platform = Platform(self.loop, self.seam, self._stream("platform"))
        self.engine = FakeStepFunctions(self.loop, self._stream("engine"), self.platform.task, self._on_end)
        services["stepfunctions"] = self.engine
        self.servers = Servers(self.monitor, self.seam, self._stream("servers"))

    def _stream(self, name: str) -> Random:
        """Numbers of their own for each part, so that none upsets the others'."""
        return Random(f"{self.random.random()} {name}")

    def _on_change(self, change: Change) -> None:
        self.monitor.on_change(owner(), change)
        if change.table == "ExecutionsTable":
            self.platform.on_change(change)

    def _on_end(self, run: Run) -> None:
        self.monitor.trace(
            run.name.rpartition("-")[0], f"engine: {run.name} {run.status} {run.error} {run.cause}"
        )
        if run.status == "FAILED" and run.machine.exhausted:
            self.monitor.statuses.exhausted[run.name] = run.machine.exhausted
        self.platform.on_end(run)

    @contextmanager
    def running(self) -> Iterator[World]:
        """Let the product's code see this world's services, its time, and nothing by chance."""
        traveller = time_machine.travel(EPOCH, tick=False)
        with ExitStack() as stack:
            moved = stack.enter_context(traveller)

            def set_time(now: float) -> None:
                moved.shift(now - time.time())

            self.loop.on_time = set_time
            stack.enter_context(patch.dict(os.environ, ENVIRONMENT))
            for module in (dynamodb, logs, stored_secrets, object_store, queues, state_machines, task_tokens):
                stack.enter_context(patch.object(module, "client", self.seam.client))
            stack.enter_context(patch.object(time, "sleep", self.seam.sleep))
            stack.enter_context(patch.object(time, "monotonic", lambda: self.loop.now))
            shim = SimpleNamespace(urandom=self._stream("ids").randbytes)
            stack.enter_context(patch.object(ids, "os", shim))
            stack.enter_context(patch.object(load("nodes/http"), "send", self.servers.send))
            stack.enter_context(patch.object(specs, "_specs", _Specs(self._stream("cold"))))
            # Ids come again in a world of the same seed, and there may mean something else.
            stack.enter_context(patch.object(specs, "_result_nodes", {}))
            stack.enter_context(patch.object(environment, "_frozen", {}))
            stack.enter_context(patch.object(records, "NodeLog", _node_log))
            stack.enter_context(patch.object(guard, "Cancellation", _cancellation))
            stack.enter_context(redirect_stdout(_Nowhere()))
            stack.enter_context(redirect_stderr(_Nowhere()))
            stack.enter_context(_quiet())
            state = product_random.getstate()
            product_random.seed(self.random.random())
            try:
                yield self
            finally:
                self.loop.close()
                product_random.setstate(state)

    def settle(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Let so much time pass, or less if all is over before."""
        self.loop.run(self.loop.now + seconds, is_over)


class _Specs(dict[Any, Any]):
    """The cache of nodes' configs, which a cold start does not find."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) and self._random.random() >= _COLD_STARTS


class _Nowhere:
    """Takes what functions print."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


@contextmanager
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


# Their defaults hold the real clock.
def _node_log(*arguments: Any) -> NodeLog:
    log = NodeLog(*arguments)
    log._flushed_at = time.monotonic()
    return log


def _cancellation(*arguments: Any) -> Cancellation:
    cancellation = Cancellation(*arguments)
    cancellation._asked_at = time.monotonic()
    return cancellation
