"""The endpoints of the API: what each is called, and by which rate its calls are limited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["execute", "get", "list", "download", "other"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method of a resource.

    Attributes:
        name: Of its function: the action in audit lines, and the policy in rate limit headers.
        kind: Which rate limits it; each endpoint is counted apart.
    """

    name: str
    kind: Kind


# Resume and retry set nodes to work again, and replay is another execution.
_KINDS: Mapping[Kind, Mapping[str, str]] = {
    "execute": {
        "POST /workflows/{workflow_id}/execute": "execute_workflow",
        "POST /executions/{execution_id}/resume": "resume_execution",
        "POST /executions/{execution_id}/retry": "retry_execution",
        "POST /executions/{execution_id}/replay": "replay_execution",
    },
    "get": {
        "GET /workflows/{workflow_id}": "get_workflow",
        "GET /workflows/{workflow_id}/graph": "get_workflow_graph",
        "GET /executions/{execution_id}": "get_execution",
        "GET /executions/{execution_id}/nodes/{node_id}": "get_node",
        "GET /executions/{execution_id}/logs": "list_logs",
        "GET /users/{user_id}": "get_user",
        "GET /webhook-secret": "get_webhook_secret",
    },
    "list": {
        "GET /workflows": "list_workflows",
        "GET /executions": "list_executions",
        "GET /executions/stats": "get_execution_statistics",
        "GET /users": "list_users",
        "GET /secrets": "list_secrets",
    },
    "download": {
        "GET /executions/{execution_id}/logs/download": "download_logs",
        "GET /executions/{execution_id}/report": "get_execution_report",
    },
    "other": {
        "POST /workflows": "create_workflow",
        "POST /workflows/validate": "validate_workflow",
        "PUT /workflows/{workflow_id}": "update_workflow",
        "DELETE /workflows/{workflow_id}": "delete_workflow",
        "POST /executions/cancel": "cancel_executions",
        "POST /executions/{execution_id}/cancel": "cancel_execution",
        "POST /executions/{execution_id}/pause": "pause_execution",
        "POST /executions/{execution_id}/nodes/{node_id}/complete": "complete_node",
        "DELETE /executions/{execution_id}": "delete_execution",
        "POST /users": "create_user",
        "DELETE /users/{user_id}": "delete_user",
        "POST /users/{user_id}/tokens": "create_token",
        "DELETE /users/{user_id}/tokens/{token_id}": "delete_token",
        "PUT /secrets/{name}": "put_secret",
        "DELETE /secrets/{name}": "delete_secret",
        "GET /openapi.json": "get_openapi",
        "GET /docs": "get_docs",
    },
}

ENDPOINTS: Mapping[str, Endpoint] = {
    route: Endpoint(name, kind) for kind, names in _KINDS.items() for route, name in names.items()
}
"""By method and resource, as API Gateway names them. `GET /health` is not limited: it asks no authorizer."""


def endpoint(method: str, resource: str) -> Endpoint | None:
    return ENDPOINTS.get(f"{method} {resource}")
