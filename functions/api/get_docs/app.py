"""GET /docs: a page that shows this API, and calls it."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from workflows.http.conditional import IF_NONE_MATCH, conditional_text
from workflows.http.docs_page import Page, docs_page
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters

app = build_resolver(validates=False)


@cache
def _page() -> Page:
    return docs_page(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))


@app.get("/docs", middlewares=[only_parameters(Request)])
@operation(
    "about",
    {HTTPStatus.OK: "text/html", HTTPStatus.NOT_MODIFIED: None},
    anonymous=True,
    reads=(IF_NONE_MATCH,),
    tells=("ETag",),
)
def get_docs() -> Response[str]:
    page = _page()
    return conditional_text(
        app, page.html, "text/html; charset=utf-8", {"Content-Security-Policy": page.policy}
    )


lambda_handler = handler(app)
