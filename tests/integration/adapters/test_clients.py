from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import World
from workflows.adapters.clients import client


@pytest.mark.parametrize("once", [False, True])
def test_calls_name_the_product_and_nothing_of_the_machine(world: World, once: bool) -> None:
    seen: list[str] = []

    def note(request: Any, **_: Any) -> None:
        seen.append(request.headers["User-Agent"])

    service = client("dynamodb", once=once)
    service.meta.events.register("before-send.dynamodb", note)
    service.get_item(TableName="WorkflowsTable", Key={"workflow_id": {"S": "a"}, "record": {"S": "current"}})
    service.meta.events.unregister("before-send.dynamodb", note)

    (name,) = {agent.decode() if isinstance(agent, bytes) else agent for agent in seen}
    product, botocore = name.split()
    assert product == "workflow-execution-api"
    assert botocore.startswith("Botocore/")
