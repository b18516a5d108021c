"""What one puts behind an API by hand to start a state machine; deployed as this one file."""

import json
import os
from functools import cache
from typing import Any


@cache
def _step_functions() -> Any:
    from botocore.session import get_session

    return get_session().create_client("stepfunctions")


def lambda_handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Starts it."""
    # The local engine waits a while for the log of a function that logs nothing.
    print("called")
    started = _step_functions().start_execution(stateMachineArn=os.environ["MACHINE"], input="{}")
    return {"statusCode": 202, "body": json.dumps({"execution": started["executionArn"]})}
