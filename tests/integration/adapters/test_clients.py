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
    product, botocore, *others = name.split()
    assert product == "workflow-execution-api"
    assert botocore.startswith("Botocore/")
    # Powertools adds its own to each session that is made after it was imported.
    assert [each for each in others if not each.startswith("PT")] == []


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_links_to_objects_lead_to_the_region_of_the_bucket(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    link = client.__wrapped__("s3").generate_presigned_url("get_object", {"Bucket": "logs-1", "Key": "a/b"})
    assert link.startswith(f"https://logs-1.s3.{region}.amazonaws.com/a/b?X-Amz-Algorithm=AWS4-HMAC-SHA256")


def test_links_to_objects_of_a_local_stack_name_the_bucket_in_their_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    link = client.__wrapped__("s3").generate_presigned_url("get_object", {"Bucket": "logs-1", "Key": "a/b"})
    assert link.startswith("http://127.0.0.1:4566/logs-1/a/b?")
