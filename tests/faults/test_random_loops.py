"""Random workflows with loops, executed as they are deployed, against an oracle written from the docs."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from tests.faults.documents import Document
from tests.faults.loop_oracle import Failed, result_of, without_details
from tests.faults.loop_strategies import workflows
from tests.faults.scenario import Scenario, play
from tests.faults.users import Visit

INPUTS = {"n": 4}


def expected(document: Document) -> tuple[str, Any]:
    try:
        return "completed", result_of(document, INPUTS)
    except Failed:
        return "failed", None


@given(workflows())
@settings(max_examples=40)
def test_loops_come_to_what_the_docs_say(document: Document) -> None:
    visit = Visit(0, "user 1", "0", INPUTS, 0.0, retries=0)

    report = play(Scenario(json.dumps(document), [document], [visit]), kind=True)

    assert not report.monitor.violations, list(map(str, report.monitor.violations))
    outcome = report.outcomes[0]
    assert (outcome.status, without_details(outcome.result)) == expected(document)
