"""The pace of webhooks, and the queue of the template that it is made for."""

from __future__ import annotations

import pytest

from local.template import read_template
from workflows.services.webhooks import PAUSES_SECONDS, pause_seconds

_RESOURCES = read_template()["Resources"]
_QUEUE = _RESOURCES["WebhookQueue"]["Properties"]
_FUNCTION = _RESOURCES["DeliverWebhookFunction"]["Properties"]

# Of ChangeMessageVisibility.
_MAX_PAUSE_SECONDS = 12 * 3_600


def test_pauses_grow_and_sqs_takes_them() -> None:
    pauses = [pause_seconds(tries) for tries in range(1, len(PAUSES_SECONDS) + 1)]

    assert pauses == sorted(pauses)
    for asked, pause in zip(PAUSES_SECONDS, pauses, strict=True):
        assert 0.8 * asked - 1 <= pause <= 1.2 * asked
    assert pauses[-1] + _FUNCTION["Timeout"] < _MAX_PAUSE_SECONDS


def test_queue_gives_up_when_the_pauses_are_used_up() -> None:
    assert _QUEUE["RedrivePolicy"]["maxReceiveCount"] == len(PAUSES_SECONDS) + 1
    assert sum(PAUSES_SECONDS) * 1.2 < _QUEUE["MessageRetentionPeriod"]


@pytest.mark.parametrize("tries", [len(PAUSES_SECONDS) + 1, 100])
def test_last_try_leaves_nothing_to_wait_for(tries: int) -> None:
    assert pause_seconds(tries) == 0


def test_batch_fits_into_its_function_and_the_function_into_the_visibility_time_out() -> None:
    batch = _FUNCTION["Events"]["Ended"]["Properties"]

    assert batch["BatchSize"] * 10 < _FUNCTION["Timeout"]
    assert _QUEUE["VisibilityTimeout"] >= 6 * _FUNCTION["Timeout"]
    assert batch["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_was_given_up_on_is_kept_longer_than_it_was_tried() -> None:
    dead_letters = _RESOURCES["WebhookDeadLetterQueue"]["Properties"]

    assert dead_letters["MessageRetentionPeriod"] == 14 * 86_400 > _QUEUE["MessageRetentionPeriod"]
