from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.compiler.templates import Expression, Template, TemplateError, parse_template, walk_strings


@pytest.mark.parametrize(
    "source",
    [
        "a",
        "nodes.`node-1`.output",
        '{"a":{"b":1}}',
        "'}}'",
        '"}}" & "\\"}}"',
        "`}}`",
        "/* }} ' */ a",
        '$match(a, /[/}}"]+/)',
        "$replace(a, /'/, '}}')",
        "a / b & '}}' / c",
        "(a) / 2 & '/' & [1] / 2",
        '$map(a, function($v){ {"k": $v} })',
    ],
)
def test_an_expression_ends_where_jsonata_ends(source: str) -> None:
    assert parse_template(f"{{{{ {source} }}}}").whole == Expression(source)
    assert parse_template(f"<{{{{{source}}}}}>{{{{b}}}}").parts == (
        "<",
        Expression(source),
        ">",
        Expression("b"),
    )


@pytest.mark.parametrize("text", ["", "plain", "{ {a} }", "}}", "it's", '{"a": 1}'])
def test_text_without_expressions_is_itself(text: str) -> None:
    template = parse_template(text)
    assert "".join(map(str, template.parts)) == text
    assert template.whole is None


@pytest.mark.parametrize("text", [" {{ a }}\n", "{{a}}"])
def test_white_space_around_an_expression_leaves_it_whole(text: str) -> None:
    assert parse_template(text).whole == Expression("a")


@pytest.mark.parametrize("text", ["x {{ a }}", "{{ a }}{{ b }}", "{{ a }} {{ b }}"])
def test_more_than_an_expression_is_not_whole(text: str) -> None:
    assert parse_template(text).whole is None


@pytest.mark.parametrize(
    "text", ["{{", "{{ a", "{{ a }", "{{ '}}", "{{ /* }}", "{{ `}}", "{{ {a }}", "{{ a }} {{ b"]
)
def test_an_expression_that_never_ends_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError):
        parse_template(text)


def test_the_error_says_which_braces_are_open() -> None:
    with pytest.raises(TemplateError, match="character 9"):
        parse_template("{{ a }} {{ b")


def test_walking_names_every_string_by_its_pointer() -> None:
    value = {"a/b": ["x", {"~": "{{ y }}"}], "n": 1, "": ""}
    assert [(pointer, parse_template(text)) for pointer, text in walk_strings(value)] == [
        ("/a~1b/0", Template(("x",))),
        ("/a~1b/1/~0", Template((Expression("y"),))),
        ("/", Template(())),
    ]


@given(st.text(alphabet="{}'\"`/*\\ a[]()", max_size=40))
def test_nothing_is_lost_in_splitting(text: str) -> None:
    try:
        parts = parse_template(text).parts
    except TemplateError:
        return
    sources = [part.source for part in parts if isinstance(part, Expression)]
    literals = [part for part in parts if isinstance(part, str)]
    assert sum(map(len, literals)) + sum(map(len, sources)) + 4 * len(sources) <= len(text)
    position = 0
    for part in parts:
        found = part if isinstance(part, str) else part.source
        position = text.index(found, position) + len(found)
