"""The page that shows the API's document: Swagger UI, which Powertools ships, and all that it needs."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

_FILES = "aws_lambda_powertools.event_handler.openapi.swagger_ui"

# "Try it out" calls the stage that the page was loaded from, whatever stands before it.
_START = """
const shown = JSON.parse(document.getElementById("document").textContent);
shown.servers = [{url: new URL(".", location.href).href.replace(/[/]$/, "")}];
SwaggerUIBundle({
  spec: shown, dom_id: "#page", deepLinking: true, filter: true, docExpansion: "list",
  defaultModelsExpandDepth: 0, validatorUrl: null
});
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workflow Execution API</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="page"></div>
<script type="application/json" id="document">{document}</script>
<script>{library}</script>
<script>{start}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """
    Attributes:
        policy: Its Content-Security-Policy: this style, these scripts, calls of its own origin, and no more.
    """

    html: str
    policy: str


def docs_page(document: str) -> Page:
    """The page that shows an OpenAPI document."""
    style = _file("swagger-ui.min.css")
    # In HTML, `<!--` and a later `<script` would hide where a script ends. It stands in regular expressions
    # and strings, where both mean the same.
    library = _file("swagger-ui-bundle.min.js").replace("<!--", r"\x3c!--")
    html = _PAGE.format(style=style, document=document.replace("<", r"\u003c"), library=library, start=_START)
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"connect-src 'self'; img-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(library)} {_hash(_START)}"
    )
    return Page(html, policy)


def _file(name: str) -> str:
    return files(_FILES).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
