"""Authorizer of the API: finds out who calls; a request without a credential is an anonymous one."""

from typing import Any

from workflows.domain.errors import Unauthenticated
from workflows.services.authentication import authentication


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """An IAM policy that lets the call through, and the caller as context.

    Raises:
        Exception: `Unauthorized`, the text that API Gateway turns into a 401.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    try:
        caller = authentication().caller(headers.get("authorization"))
    except Unauthenticated as error:
        raise Exception("Unauthorized") from error
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {
        "principalId": caller.user_id or caller.role,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"role": caller.role, "user_id": caller.user_id or ""},
    }
