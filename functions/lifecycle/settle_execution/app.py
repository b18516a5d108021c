"""On EventBridge's "Step Functions Execution Status Change": record ends that no node recorded."""

from typing import Any

from workflows.domain.outcome import Outcome
from workflows.services.ends import settlements


def lambda_handler(event: dict[str, Any], _: object) -> None:
    detail = event["detail"]
    outcome = Outcome(detail["status"], detail.get("error"), detail.get("cause"))
    settlements().settle(detail["name"], outcome)
