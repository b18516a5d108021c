"""On EventBridge's "Step Functions Execution Status Change": record ends that no node recorded."""

from typing import Any

from workflows.services.ends import settlements


def lambda_handler(event: dict[str, Any], _: object) -> None:
    detail = event["detail"]
    settlements().settle(detail["name"], detail["status"], detail.get("error"), detail.get("cause"))
