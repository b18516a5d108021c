from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.workflow import Edge, Node, Workflow
from workflows.drawing.markup import joined, tag
from workflows.drawing.pictures import picture_of
from workflows.drawing.svg import svg_document
from workflows.drawing.text import fitted, text_width

_SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "</script><script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\" onload='alert(1)' x=\"",
    "]]><!--<![CDATA[",
    "\u2028\u2029\u202egnp.exe\u2066",
    "\x00\x1b[31m\x7f\ud800\uffff",
    "&lt;b&gt;&#60;",
    "x" * 100_000,
]


def elements(document: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(document).iter())


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_in_a_definition_is_text_in_its_picture(text: str) -> None:
    nodes = (Node("a", "condition", name=text[:200]), Node("b", "transform", name=text[-200:]))
    workflow = Workflow(nodes, (Edge("a", "b", text),), name=text)

    found = elements(svg_document(picture_of(workflow), workflow.name))

    assert {each.tag.removeprefix(_SVG) for each in found} == {
        *("svg", "style", "title", "g", "path", "rect", "text"),
    }
    names = {name for each in found for name in each.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    shown = "".join(each.text or "" for each in found if each.tag != f"{_SVG}style")
    assert shown.isprintable() or text.startswith("]]>")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029")))
def test_markup_cannot_be_left_by_text(text: str) -> None:
    reader = _Text()
    reader.feed(joined(tag("p", text, title=text), "<b>"))
    reader.close()

    (name, attributes), *others = reader.tags
    assert (name, not others) == ("p", True)
    assert attributes == [("title", reader.text.removesuffix("<b>"))]


@given(st.text(max_size=400), st.sampled_from([11.0, 14.3]), st.integers(30, 300))
def test_text_is_cut_to_its_room(text: str, size: float, width: int) -> None:
    assert text_width(fitted(text, size, width), size) <= width + text_width("…", size)
