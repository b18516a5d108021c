"""What docs/runbook.md has operators do by hand."""

from __future__ import annotations

import re

import jmespath  # type: ignore[import-untyped]

from tests.functions import ROOT, invoke
from tests.integration.archives import requested
from tests.integration.aws import aws_client
from tests.integration.conftest import World
from tests.integration.test_main_job import GREETING


def test_end_that_was_given_up_on_is_followed_up(world: World) -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    found = re.search(r'--query "(\{Records: .+\})"', text)
    assert found
    execution_id = world.accept(world.save(GREETING))
    world.finish(execution_id)
    assert requested() == []
    key = {"execution_id": {"S": execution_id}, "record": {"S": "execution"}}
    answer = aws_client("dynamodb").get_item(TableName="ExecutionsTable", Key=key, ConsistentRead=True)
    event = jmespath.search(found[1], answer)
    assert invoke("lifecycle/follow_up_execution", event) == {"batchItemFailures": []}
    assert requested() == [execution_id]
