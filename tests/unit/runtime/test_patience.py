from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from workflows.domain.conversation import Message, ModelAnswer, ModelRequest, Usage
from workflows.domain.errors import ModelBusy, NodeError
from workflows.runtime.agent.patience import MAX_TRIES, Patience
from workflows.runtime.errors import Cancelled

REQUEST = ModelRequest("m", (Message("user", "hello"),))
ANSWER = ModelAnswer(Message("assistant", "hi"), "end_turn", Usage(1, 1, 1))


class Context:
    """As much of a node's context as patience needs."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.bound_seconds = seconds
        self.deadline = time.time() + 60
        self.warnings: list[str] = []
        self.ticks = 0
        self.log = SimpleNamespace(warning=self.warnings.append, tick=self._tick)
        self.cancellation = SimpleNamespace(check=lambda: None)

    def _tick(self) -> None:
        self.ticks += 1


def ask(context: Context, *answers: ModelAnswer | NodeError) -> tuple[ModelAnswer, list[float]]:
    """The answer after those before it, and how long was waited in all steps."""
    left, slept = list(answers), []

    def model(*_: Any) -> ModelAnswer:
        found = left.pop(0)
        if isinstance(found, NodeError):
            raise found
        return found

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    clock = [0.0]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("workflows.runtime.agent.patience.time.monotonic", lambda: clock[0])
        return Patience(context, sleep).ask(model, REQUEST), slept  # type: ignore[arg-type]


def test_busy_model_is_asked_again_after_growing_pauses() -> None:
    context = Context()
    answer, slept = ask(context, ModelBusy("busy"), ModelBusy("busy"), ANSWER)
    assert answer is ANSWER
    assert 0.5 + 1 <= sum(slept) <= 1 + 2
    assert max(slept) <= 1.0
    assert context.ticks == len(slept)
    assert len(context.warnings) == 2


def test_server_says_how_long_to_wait_at_least() -> None:
    _, slept = ask(Context(), ModelBusy("busy", retry_after_seconds=7), ANSWER)
    assert sum(slept) == pytest.approx(7)


def test_tries_are_bounded() -> None:
    with pytest.raises(ModelBusy):
        ask(Context(), *[ModelBusy("busy")] * MAX_TRIES, ANSWER)


def test_nobody_waits_for_longer_than_there_is_time() -> None:
    context = Context(seconds=5)
    with pytest.raises(ModelBusy):
        ask(context, ModelBusy("busy", retry_after_seconds=3_600), ANSWER)
    assert context.ticks == 0


def test_other_errors_are_final() -> None:
    with pytest.raises(NodeError) as caught:
        ask(Context(), NodeError("agent_model_refused", "no"), ANSWER)
    assert caught.value.code == "agent_model_refused"


def test_cancel_ends_the_waiting() -> None:
    context = Context()

    def cancelled() -> None:
        raise Cancelled

    context.cancellation.check = cancelled
    with pytest.raises(Cancelled):
        ask(context, ModelBusy("busy", retry_after_seconds=30), ANSWER)
    assert context.ticks == 1


def test_conversation_has_the_time_of_its_node() -> None:
    with pytest.raises(NodeError) as caught:
        ask(Context(seconds=0), ANSWER)
    assert (caught.value.code, caught.value.retryable) == ("agent_timeout", True)
