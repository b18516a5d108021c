"""The API's document: OpenAPI 3.1, made of what the code says."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from tools.markdown import DOCS, ROOT
from tools.openapi.components import merged, model_components
from tools.openapi.definition import definition_components
from tools.openapi.errors import PROBLEM, error_response
from tools.openapi.fields import describe_answers, describe_bodies
from tools.openapi.operations import endpoints, models_of, operation_object
from tools.openapi.parameters import ANSWER_HEADERS

Schema = dict[str, Any]

PATH = DOCS / "openapi.json"

_ABOUT = """\
Save workflows, execute them, follow their status and logs, and stop them.

Send `Authorization: Bearer <token>`; without it you are an anonymous caller, who may read and execute public
workflows. Every error is a problem document (RFC 9457), and every answer says where you stand with your rate.
"""
_TAGS = {
    "workflows": "Definitions: graphs of nodes, and their execution.",
    "executions": "What became of a workflow that was executed: status, nodes, result; and how to steer it.",
    "logs": "What the nodes of an execution have written.",
    "users": "Who may call, and by which tokens.",
    "secrets": "Credentials that your workflows may name.",
    "webhooks": "What receivers verify the messages with that tell of an execution's end.",
    "about": "The API itself.",
}


def document() -> Schema:
    """The whole document.

    Raises:
        ValueError: What the functions say does not go together.
        Exception: Whatever keeps a function from being imported.
    """
    found = endpoints()
    paths: Schema = {}
    for endpoint in found:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation_object(endpoint)
    bodies, answers = (set().union(*kinds) for kinds in zip(*map(models_of, found), strict=True))
    body_schemas = model_components(bodies, are_answers=False)
    answer_schemas = model_components(answers, are_answers=True)
    describe_bodies(body_schemas)
    describe_answers(answer_schemas)
    schemas = merged(
        body_schemas,
        answer_schemas,
        definition_components(),
        {"Problem": PROBLEM},
    )
    schemas["WorkflowAnswer"]["properties"]["definition"] = {"$ref": "#/components/schemas/Definition"}
    errors = {
        name
        for path in paths.values()
        for operation in path.values()
        for name in (each.get("$ref", "").rpartition("/")[2] for each in operation["responses"].values())
        if name
    }
    return {
        "openapi": "3.1.1",
        "info": _info(),
        "servers": [{"url": ".", "description": "The stage that this document was read from."}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {name: error_response(name) for name in sorted(errors)},
            "headers": ANSWER_HEADERS,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the API, `wfe_...`, or a JWT of the identity provider that the"
                    " deployment trusts.",
                }
            },
        },
    }


def text() -> str:
    """The document as it is written to `docs/openapi.json`."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _info() -> Schema:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"title": "Workflow Execution API", "version": project["version"], "description": _ABOUT.strip()}
