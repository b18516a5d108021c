"""Operations: what each function of the API says of itself, by its route, its handler and its declaration."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import BaseModel

from tools.markdown import ROOT
from tools.openapi.errors import RATE_HEADERS, error_responses
from tools.openapi.parameters import header_parameter, path_parameter, query_parameters
from workflows.domain.endpoints import ENDPOINTS
from workflows.http.answer import Answer
from workflows.http.operation import Answered, Operation, operation_of
from workflows.http.operation import Body as AnswerBody

Schema = dict[str, Any]

FUNCTIONS = ROOT / "functions" / "api"
_EXAMPLES = "example.json"
_BODY_TYPES = ("object", "string", "number", "boolean")
"""A body of null is none, and arrays are refused."""


@dataclass(frozen=True)
class Endpoint:
    """A function of the API.

    Attributes:
        name: Of its folder.
        about: The docstring of its module.
        example: `{request?, answers: {status: body}}`.
    """

    name: str
    about: str
    method: str
    path: str
    handler: Callable[..., Any]
    declared: Operation
    example: Schema

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def asks_caller(self) -> bool:
        """Whether API Gateway finds out who is calling, and counts it."""
        return self.route in ENDPOINTS

    @property
    def query(self) -> type[BaseModel] | None:
        found: type[BaseModel] | None = self._parameter(Query)
        return found

    @property
    def body(self) -> Any:
        """The type of its body; None: it reads none."""
        return self._parameter(Body)

    def _parameter(self, kind: type) -> Any:
        for annotation in get_type_hints(self.handler, include_extras=True).values():
            if get_origin(annotation) is Annotated and isinstance(get_args(annotation)[1], kind):
                return get_args(annotation)[0]
        return None


def endpoints() -> list[Endpoint]:
    """All functions of the API, in the order of their routes."""
    found = [_endpoint(path) for path in sorted(FUNCTIONS.glob("*/app.py"))]
    methods = ("GET", "POST", "PUT", "DELETE")
    return sorted(found, key=lambda each: (each.path, methods.index(each.method)))


def _endpoint(path: Path) -> Endpoint:
    name, examples = path.parent.name, path.with_name(_EXAMPLES)
    spec = importlib.util.spec_from_file_location(f"api_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (route,) = _routes(module.app)
    return Endpoint(
        name=name,
        about=inspect.cleandoc(module.__doc__ or ""),
        method=route.method,
        path=route.openapi_path,
        handler=route.func,
        declared=operation_of(route.func),
        example=json.loads(examples.read_text()) if examples.exists() else {},
    )


def _routes(app: Any) -> Iterator[Route]:
    yield from app._static_routes
    yield from app._dynamic_routes


def operation_object(endpoint: Endpoint) -> Schema:
    """An operation, referring to components (https://spec.openapis.org/oas/v3.1.1.html#operation-object)."""
    declared = endpoint.declared
    title, _, description = endpoint.about.partition("\n\n")
    route, _, summary = title.partition(": ")
    if route != endpoint.route:
        raise ValueError(f"{endpoint.name}: its docstring begins with {route!r}, not with {endpoint.route!r}")
    found: Schema = {
        "operationId": endpoint.name,
        "tags": [declared.tag],
        "summary": f"{summary[0].upper()}{summary[1:].rstrip('.')}",
    }
    if description:
        found["description"] = " ".join(description.split())
    found["security"] = _security(endpoint)
    if parameters := _parameters(endpoint):
        found["parameters"] = parameters
    if endpoint.body is not None:
        found["requestBody"] = _request_body(endpoint)
    errors = error_responses(
        declared.errors, asks_caller=endpoint.asks_caller, has_body=endpoint.body is not None
    )
    found["responses"] = {
        **{str(int(status)): _response(endpoint, status) for status in sorted(declared.answers)},
        **{status: {"$ref": f"#/components/responses/{name}"} for status, name in errors.items()},
    }
    return found


def models_of(endpoint: Endpoint) -> tuple[set[type[BaseModel]], set[type[Answer]]]:
    """The models of a request's body, and those of the answers."""
    bodies = [each for answer in endpoint.declared.answers.values() for each in _bodies(answer)]
    answers = {each for each in bodies if isinstance(each, type)}
    return {each for each in _alternatives(endpoint.body) if _is_model(each)}, answers


def _security(endpoint: Endpoint) -> list[Schema]:
    if not endpoint.asks_caller:
        return []
    return [{"bearer": []}, {}] if endpoint.declared.anonymous else [{"bearer": []}]


def _parameters(endpoint: Endpoint) -> list[Schema]:
    return [
        *(path_parameter(name) for name in re.findall(r"{(\w+)}", endpoint.path)),
        *(query_parameters(endpoint.query) if endpoint.query else []),
        *(header_parameter(name) for name in endpoint.declared.reads),
    ]


def _request_body(endpoint: Endpoint) -> Schema:
    kinds = _alternatives(endpoint.body)
    schemas = [_body_schema(endpoint, kind) for kind in kinds]
    content = {
        "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
        "example": endpoint.example["request"],
    }
    return {"required": type(None) not in kinds, "content": {"application/json": content}}


def _body_schema(endpoint: Endpoint, kind: Any) -> Schema:
    if kind is type(None):
        return {"type": "null"}
    if _is_model(kind):
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    # Of a definition. Who only asks whether it is one may send anything.
    if "invalid_definition" in endpoint.declared.errors:
        return {"$ref": "#/components/schemas/Definition"}
    return {"description": "What may be a definition.", "type": [*_BODY_TYPES]}


def _response(endpoint: Endpoint, status: HTTPStatus) -> Schema:
    declared = endpoint.declared
    answer = declared.answers[status]
    rates = RATE_HEADERS if endpoint.asks_caller else ()
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in (*rates, *declared.tells)}
    found: Schema = {"description": status.phrase}
    if headers:
        found["headers"] = headers
    for body in _bodies(answer):
        found.setdefault("content", {}).update(_content(endpoint, status, body))
    return found


def _bodies(answer: Answered) -> tuple[AnswerBody, ...]:
    if answer is None:
        return ()
    return answer if isinstance(answer, tuple) else (answer,)


def _content(endpoint: Endpoint, status: HTTPStatus, body: AnswerBody) -> Schema:
    if isinstance(body, str):
        return {body: {"schema": {"type": "object" if "json" in body else "string"}}}
    return {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{body.__name__}"},
            "example": endpoint.example["answers"][str(int(status))],
        }
    }


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if kind is None:
        return ()
    return get_args(kind) if get_origin(kind) is UnionType or isinstance(kind, UnionType) else (kind,)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not Answer
