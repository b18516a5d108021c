"""Makes the first admin's token: when the stack is made, and when an operator invokes this by hand."""

from typing import Any

from workflows.services.first_admin import USER_ID, first_admin


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, str]:
    """The user whose token it is; its text is in the secret alone.

    Args:
        event: A custom resource's request; of an operator, anything.
    """
    if "ResponseURL" in event:
        first_admin().follow_stack(event)  # type: ignore[arg-type]
    else:
        first_admin().ensure()
    return {"user_id": USER_ID}
