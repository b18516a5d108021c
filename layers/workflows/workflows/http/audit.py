"""The audit line of each request that an endpoint has answered."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools import Logger

from workflows.domain.audit import audit_line
from workflows.http.caller import caller_of

logger = Logger()

_IDS = {
    "workflows": "workflow_id",
    "executions": "execution_id",
    "users": "user_id",
    "tokens": "token_id",
    "secrets": "name",
    "nodes": "node_id",
}
"""Names of ids by the collection that stands before them in a path."""


def audit_answer(event: dict[str, Any], answer: dict[str, Any]) -> None:
    """Log who asked for what, and what came of it."""
    status = answer["statusCode"]
    problem = json.loads(answer["body"]) if status >= HTTPStatus.BAD_REQUEST else {}
    line = audit_line(
        event, caller_of(event), status, error_code=problem.get("error_code"), made=_made(answer)
    )
    logger.info("audit", **line)


def audit_part(event: dict[str, Any], action: str, target: dict[str, str]) -> None:
    """Log one of several things that a request did."""
    logger.info("audit", **audit_line(event, caller_of(event), HTTPStatus.OK, action=action, made=target))


def _made(answer: dict[str, Any]) -> dict[str, str]:
    """The id of what was made, by the Location that says where it is; a redirect's says something else."""
    location = answer["multiValueHeaders"].get("Location")
    if location is None or answer["statusCode"] >= HTTPStatus.MULTIPLE_CHOICES:
        return {}
    collection, id_ = location[0].split("/")[-2:]
    return {_IDS[collection]: unquote(id_)}
