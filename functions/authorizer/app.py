"""Authorizer of the API: finds out who calls, and counts the call; one without a credential is anonymous."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from workflows.domain.access import Caller
from workflows.domain.audit import audit_line
from workflows.domain.endpoints import endpoint
from workflows.domain.errors import Forbidden, Unauthenticated, WorkflowError
from workflows.services.authentication import authentication
from workflows.services.rate_limits import rate_limits

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """An IAM policy that lets the call through, and the caller as context; or one that does not.

    Raises:
        Exception: `Unauthorized`, the text that API Gateway turns into a 401.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    address = event["requestContext"]["identity"]["sourceIp"]
    try:
        known = authentication().authenticate(headers.get("authorization"), address)
    except Unauthenticated as error:
        logger.info("audit", **_refused(event, error, 401, address))
        raise Exception("Unauthorized") from error
    except Forbidden as error:
        logger.info("audit", **_refused(event, error, 403, address))
        return {"principalId": "refused", "policyDocument": _policy("Deny", event["methodArn"])}
    caller = known.caller
    context = {"role": caller.role, "user_id": caller.user_id or "", "tier": caller.tier}
    limited = endpoint(event["httpMethod"], event["resource"])
    if limited and (usage := rate_limits().count(caller, limited)):
        context |= usage.to_context()
    elif limited:
        metrics.add_metric("RequestsNotCounted", MetricUnit.Count, 1)
        metrics.flush_metrics()
    logger.debug("let in", caller=context)
    return {
        "principalId": caller.user_id or caller.role,
        "policyDocument": _policy("Allow", event["methodArn"]),
        "context": context,
        "usageIdentifierKey": known.usage_key,
    }


def _policy(effect: str, arn: str) -> dict[str, Any]:
    # It is about this call alone; its path, in which callers may write wildcards, is left out.
    stage = "/".join(arn.split("/")[:2])
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage}/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _refused(event: dict[str, Any], error: WorkflowError, status: int, address: str) -> dict[str, Any]:
    """The line about a call that reaches no endpoint; why it does not, the caller is not told."""
    nobody = Caller("anonymous", address=address)
    return audit_line(event, nobody, status, error_code=error.error_code, reason=error.detail)
