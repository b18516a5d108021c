"""Lambda, and what calls our functions: Tasks, the table's stream, EventBridge and the schedule."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.faults.loop import Future, Loop
from tests.faults.plans import Fault
from tests.faults.seam import Invocation, Seam
from tests.faults.step_functions import Run
from tests.faults.tables import Change
from tests.functions import LambdaContext, load

TIMEOUTS_SECONDS = {
    "nodes": 900.0,
    "settle_execution": 28.0,
    "reconcile_executions": 58.0,
    "follow_up_execution": 60.0,
}
"""As in the template."""

API_TIMEOUT_SECONDS = 28.0
BATCH_RECORDS = 25
STREAM_TRIES = 100
FOLLOWED = ("paused", "completed", "failed", "cancelled")


class LambdaFailed(Exception):
    """Lambda did not run a function, or what it returned did not arrive."""


class Platform:
    """
    Attributes:
        dropped: Records of the stream that were given up, after as many tries as the template says.
        mischief: How likely an event is lost (doubled, late).
    """

    def __init__(self, loop: Loop, seam: Seam, random: Random) -> None:
        self.mischief = 0.0
        self.dropped: list[dict[str, Any]] = []
        self.at_work = 0
        self._delivering = 0
        self._loop = loop
        self._seam = seam
        self._random = random
        self._count = 0
        self._stream: list[dict[str, Any]] = []
        self._is_reading = False

    @property
    def is_busy(self) -> bool:
        """Whether events are still on their way."""
        return self._is_reading or self._delivering > 0

    def run(self, function: str, body: Callable[[], Any], seconds: float) -> Future:
        """Run something as a Lambda function of this name."""
        self._count += 1
        who = Invocation(self._count, function, self._loop.now + seconds)
        self.at_work += 1

        def process() -> Any:
            try:
                return body()
            finally:
                self.at_work -= 1

        return self._loop.spawn(process, who, self._random.uniform(0.005, 0.05))

    def call(self, folder: str, event: dict[str, Any]) -> Future:
        """Invoke one of our functions."""
        kind, _, name = folder.partition("/")
        seconds = TIMEOUTS_SECONDS.get(name) or TIMEOUTS_SECONDS[kind]
        handler = load(folder).lambda_handler
        return self.run(name, lambda: handler(event, LambdaContext(seconds)), seconds)

    def task(self, name: str, payload: dict[str, Any]) -> Future:
        """Invoke a node function for a Task."""
        fault = self._seam.decide("lambda", "invoke", f"{name} {payload.get('nodes', '')}")
        if fault is Fault.REFUSED:
            failed = Future()
            failed.resolve(error=LambdaFailed("throttled"))
            return failed
        running = self.call(f"nodes/{name}", payload)
        if fault is not Fault.LOST:
            return running
        # It goes on, and Step Functions does not know.
        lost = Future()
        moment = self._loop.now + self._random.uniform(0.05, 20)
        self._loop.at(moment, lambda: lost.resolve(error=LambdaFailed("no answer")))
        return lost

    def on_end(self, run: Run) -> None:
        """Tell of the end of a state machine's execution, "on a best-effort basis"."""
        if run.status == "SUCCEEDED":
            return
        detail = {"name": run.name, "status": run.status, "error": run.error, "cause": run.cause}
        drawn = self._random.random()
        deliveries = 0 if drawn < self.mischief else 2 if drawn < 1.5 * self.mischief else 1
        for _ in range(deliveries):
            late = self._random.random() < self.mischief
            delay = self._random.uniform(0.1, 300 if late else 3)
            self._delivering += 1
            self._loop.spawn(lambda: self._deliver({"detail": detail}), delay=delay)

    def _deliver(self, event: dict[str, Any]) -> None:
        for pause in (60, 120, 0):
            future = self.call("lifecycle/settle_execution", event)
            self._loop.wait(future)
            if future.error is None:
                break
            self._loop.sleep(pause)
        self._delivering -= 1

    def on_change(self, change: Change) -> None:
        """Put a change into the stream, if the template's filter lets it pass."""
        new = change.new or {}
        if new.get("record") == {"S": "execution"}:
            if new["status"]["S"] not in FOLLOWED:
                return
            keys = {name: new[name] for name in ("execution_id", "record")}
            images = {"NewImage": new} | ({"OldImage": change.old} if change.old else {})
            self._stream.append(
                {"dynamodb": {"Keys": keys, "SequenceNumber": str(len(self._stream)), **images}}
            )
            if not self._is_reading:
                self._is_reading = True
                self._loop.spawn(self._read)

    def _read(self) -> None:
        while self._stream:
            self._loop.sleep(self._random.uniform(0.1, 1))
            batch = self._stream[:BATCH_RECORDS]
            del self._stream[:BATCH_RECORDS]
            self._follow_up(batch, 0)
            if self._random.random() < self.mischief:
                self._loop.wait(self.call("lifecycle/follow_up_execution", {"Records": batch}))
        self._is_reading = False

    def _follow_up(self, batch: list[dict[str, Any]], tries: int) -> None:
        """Deliver a batch until it is done: as the event source mapping does, in ever smaller parts."""
        while batch:
            future = self.call("lifecycle/follow_up_execution", {"Records": batch})
            self._loop.wait(future)
            if future.error is not None:
                failed = batch
            else:
                numbers = [failure["itemIdentifier"] for failure in future.value["batchItemFailures"]]
                kept = [i for i, r in enumerate(batch) if r["dynamodb"]["SequenceNumber"] in numbers]
                failed = batch[kept[0] :] if kept else []
            tries = tries + 1 if len(failed) == len(batch) else 0
            if failed and tries >= STREAM_TRIES:
                self.dropped += failed
                return
            self._loop.sleep(min(60.0, 0.5 * 2 ** min(tries, 7)) if failed else 0.0)
            if len(failed) > 1 and len(failed) == len(batch):
                self._follow_up(batch[: len(batch) // 2], tries)
                failed = batch[len(batch) // 2 :]
            batch = failed

    def schedule(self, is_over: Callable[[], bool]) -> None:
        """Run the reconciler each minute until it is all over."""
        while not is_over():
            self.call("lifecycle/reconcile_executions", {})
            self._loop.sleep(60)
