"""GET /openapi.json: this API as an OpenAPI document."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from workflows.http.conditional import IF_NONE_MATCH, conditional_text
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters

app = build_resolver(validates=False)


@cache
def _document() -> str:
    return Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")


@app.get("/openapi.json", middlewares=[only_parameters(Request)])
@operation(
    "about",
    {HTTPStatus.OK: "application/json", HTTPStatus.NOT_MODIFIED: None},
    anonymous=True,
    reads=(IF_NONE_MATCH,),
    tells=("ETag",),
)
def get_openapi() -> Response[str]:
    return conditional_text(app, _document(), "application/json")


lambda_handler = handler(app)
