"""The API's document as a judge of answers: whatever tests get from an endpoint is what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

DOCUMENT_PATH = Path(__file__).parents[1] / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(DOCUMENT_PATH.read_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}
_ROUTES = [
    (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation["operationId"])
    # A path without parameters comes before one that would fit it, too.
    for path, operations in sorted(DOCUMENT["paths"].items(), key=lambda each: each[0].count("{"))
    for method, operation in operations.items()
]


def operation_at(method: str, path: str) -> str | None:
    """The operation that a request asks for; its path is below the stage and may have a query."""
    return next(
        (name for verb, route, name in _ROUTES if verb == method and route.fullmatch(path.partition("?")[0])),
        None,
    )


def check_answer(operation_id: str, status: int, headers: Mapping[str, str], text: str) -> None:
    """Fail unless the document says that an operation may answer so: status, headers, type and body."""
    given = {name.lower(): value for name, value in headers.items()}
    responses = OPERATIONS[operation_id]["responses"]
    assert str(status) in responses, f"{operation_id} answers {status}, which is not documented: {text}"
    response = _resolved(responses[str(status)])
    missing = [
        name
        for name, header in response.get("headers", {}).items()
        if _resolved(header).get("required") and name.lower() not in given
    ]
    assert not missing, f"{operation_id}: the answer of {status} has no {missing}"
    untold = [
        name
        for name in DOCUMENT["components"]["headers"]
        if name.lower() in given and name not in response.get("headers", {})
    ]
    assert not untold, f"{operation_id}: the answer of {status} has {untold}, which is not documented"
    content = response.get("content")
    if content is None:
        assert text == "", f"{operation_id}: the answer of {status} has a body"
        return
    media_type = given["content-type"].partition(";")[0]
    assert media_type in content, f"{operation_id}: the answer of {status} is {media_type}"
    if media_type.endswith("json"):
        found = [f"{error.instance_path}: {error.message}" for error in _errors(operation_id, status, text)]
        assert not found, f"{operation_id}: the answer of {status} is not as documented: {found}\n{text}"


def _errors(operation_id: str, status: int, text: str) -> list[jsonschema_rs.ValidationError]:
    return list(_validator(operation_id, status).iter_errors(json.loads(text)))


@cache
def _validator(operation_id: str, status: int) -> jsonschema_rs.Draft202012Validator:
    response = _resolved(OPERATIONS[operation_id]["responses"][str(status)])
    (content,) = (each for name, each in response["content"].items() if name.endswith("json"))
    schemas = {name: _closed(name, schema) for name, schema in DOCUMENT["components"]["schemas"].items()}
    return jsonschema_rs.Draft202012Validator(
        {**content["schema"], "components": {"schemas": schemas}}, validate_formats=True
    )


def _closed(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Without room for fields that the document does not know; to callers it promises nothing of the kind."""
    is_answer = name.endswith(("Answer", "Summary", "Problem"))
    return {**schema, "additionalProperties": False} if is_answer else schema


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    resolved: dict[str, Any] = found
    return resolved
