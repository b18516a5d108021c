"""The API's document and the page that shows it, as their functions answer."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from json import loads

import pytest

from tests.documented import DOCUMENT, DOCUMENT_PATH
from tests.integration.conftest import World


class Page(HTMLParser):
    """What a browser finds in a page: elements with what is in them, and all that leads elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, ""))
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("", ""))

    def handle_data(self, data: str) -> None:
        if self.found:
            tag, before = self.found[-1]
            self.found[-1] = (tag, before + data)

    def texts(self, tag: str) -> list[str]:
        return [text for name, text in self.found if name == tag]


def hash_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_document_is_served_as_it_is(world: World) -> None:
    answer = world.call("get_openapi", user=None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.text == DOCUMENT_PATH.read_text()


@pytest.mark.parametrize("function", ["get_openapi", "get_docs"])
def test_it_is_not_sent_again(world: World, function: str) -> None:
    first = world.call(function)
    again = world.call(function, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", first.headers["ETag"])
    other = world.call(function, headers={"If-None-Match": '"other"'})
    assert (other.status, other.text) == (200, first.text)


def test_page_holds_all_that_it_needs(world: World) -> None:
    answer = world.call("get_docs", user=None)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = Page(answer.text)

    document, library, start = page.texts("script")
    assert loads(document) == DOCUMENT
    assert "SwaggerUIBundle" in library
    assert "SwaggerUIBundle(" in start
    assert page.links == ["data:,"]
    # What Lambda may answer with, less what its JSON takes.
    assert len(answer.text) < 4_000_000


def test_pages_policy_allows_its_scripts_and_its_style_and_no_others(world: World) -> None:
    answer = world.call("get_docs")
    page = Page(answer.text)
    _, library, start = page.texts("script")
    (style,) = page.texts("style")

    directives = dict(
        each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";")
    )
    assert directives == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "connect-src": "'self'",
        "img-src": "data:",
        "style-src": hash_of(style),
        "script-src": f"{hash_of(library)} {hash_of(start)}",
    }
    assert not page.handlers
