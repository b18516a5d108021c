"""Parameters and headers: what each name means, wherever it is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tools.openapi.components import Plain
from workflows.compiler.drafts import NODE_FIELDS
from workflows.domain.secret import NAME_PATTERN
from workflows.http.caller import EXECUTION_SECRET_HEADER
from workflows.http.conditional import IF_NONE_MATCH
from workflows.http.idempotency import IDEMPOTENCY_KEY, KEY_PATTERN
from workflows.http.requests import MAX_USER_ID

Schema = dict[str, Any]

# What does not fit is not found, whatever else it is.
_PATH: dict[str, tuple[str, Schema]] = {
    "workflow_id": ("The workflow's id.", {"type": "string", "format": "uuid"}),
    "execution_id": ("The execution's id.", {"type": "string", "format": "uuid"}),
    "node_id": ("The node's id in the definition.", NODE_FIELDS["id"].check.schema),
    "user_id": ("The user's id.", {"type": "string", "minLength": 1, "maxLength": MAX_USER_ID}),
    "token_id": ("The token's id, which is no secret.", {"type": "string", "pattern": "^[0-9a-f]{16}$"}),
    "name": ("The secret's name.", {"type": "string", "pattern": f"^{NAME_PATTERN}$"}),
}
_QUERY = {
    "cursor": "Where to go on: the `next_cursor` of the page before, with the same filters and order.",
    "format": "Of what is answered, or led to.",
    "label": "Executions that have it.",
    "level": "Lines of these levels.",
    "limit": "How many to answer with at most.",
    "name": "Workflows whose names begin so, whatever the case, in the order of names.",
    "node_id": "Lines of this node.",
    "offset": "How many to leave out.",
    "order": "By time, or by name: from the first to the last (`asc`), or the other way round.",
    "path": "In loops: of which iteration, as `each[3]/`.",
    "period": "What to count by.",
    "q": "Text in the message or the fields.",
    "started_after": "From this time on: ISO 8601, with an offset.",
    "started_before": "Before this time: ISO 8601, with an offset.",
    "status": "Executions of these statuses.",
    "user_id": "Executions that this user has started; another's are for admins.",
    "version": "An older version; by default the current one.",
    "visibility": "`public`: everybody's public workflows, instead of your own.",
    "wait_seconds": "How long to wait for something to answer with.",
    "workflow_id": "Executions of this workflow.",
}
_REQUEST_HEADERS: dict[str, tuple[str, Schema]] = {
    EXECUTION_SECRET_HEADER: (
        "The `execution_secret` of an execution that was started without a token.",
        {"type": "string"},
    ),
    IDEMPOTENCY_KEY: (
        "The same request with this key gives the same execution for 24 hours. Not for anonymous callers.",
        # Of one that is in quotation marks, what is between them counts.
        {"type": "string", "pattern": f'^(?!"*$){KEY_PATTERN}$'},
    ),
    IF_NONE_MATCH: (
        "The `ETag` of what you have: as long as it is the same, the answer is a 304.",
        {"type": "string"},
    ),
}
ANSWER_HEADERS: dict[str, Schema] = {
    "ETag": {
        "description": "Changes with what you may see of it.",
        "required": True,
        "schema": {"type": "string"},
        "example": '"3f2c8a90b1d4e5f60718293a4b5c6d7e"',
    },
    "Location": {
        "description": "Where it is: a resource of the API relative to the request, a file by its whole URL.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "../../executions/01890a5d-ac96-774b-bcce-b302099a8057",
    },
    "RateLimit": {
        "description": "How many requests are left for how many seconds.",
        "schema": {"type": "string"},
        "example": '"execute_workflow";r=59;t=42',
    },
    "RateLimit-Policy": {
        "description": "How many requests you may send in how many seconds.",
        "schema": {"type": "string"},
        "example": '"execute_workflow";q=60;w=60',
    },
    "Retry-After": {
        "description": "When to try again, in seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 2,
    },
    "WWW-Authenticate": {
        "description": "Which credential is wanted.",
        "required": True,
        "schema": {"type": "string"},
        "example": "Bearer",
    },
}


def path_parameter(name: str) -> Schema:
    description, schema = _PATH[name]
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def header_parameter(name: str) -> Schema:
    description, schema = _REQUEST_HEADERS[name]
    return {"name": name, "in": "header", "description": description, "schema": schema}


def query_parameters(model: type[BaseModel]) -> list[Schema]:
    """The parameters that a query's fields are. A list is a parameter that may be repeated."""
    schema = model.model_json_schema(schema_generator=Plain)
    return [_query_parameter(name, field, schema) for name, field in schema.get("properties", {}).items()]


def _query_parameter(name: str, field: Schema, of: Schema) -> Schema:
    # What is left out is None; no text in a query stands for it.
    present = [each for each in field.pop("anyOf", []) if each != {"type": "null"}]
    schema = {**field, **(present[0] if present else {})}
    if schema.get("default") is None:
        schema.pop("default", None)
    parameter = {"name": name, "in": "query", "description": _QUERY[name], "schema": schema}
    return {**parameter, "required": True} if name in of.get("required", ()) else parameter
