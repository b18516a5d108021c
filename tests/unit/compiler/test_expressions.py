from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.compiler.expressions import MAX_EXPRESSION_CHARACTERS, ExpressionError, Reads, analyse

EVERYTHING = Reads(everything=True)


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("nodes.a.output", {"a"}),
        ("nodes.`a-b`.output", {"a-b"}),
        ('nodes."a".output', {"a"}),
        ("$.nodes.a", {"a"}),
        ("$$.nodes.a", {"a"}),
        ("inputs.items[id = $$.nodes.a.output.id]", {"a"}),
        ("nodes.a.output[price > 3].(name & ', ' & unit)", {"a"}),
        ("nodes.a.output.items[$.id = nodes.b]", {"a"}),
        ("nodes.a.output ~> $sum()", {"a"}),
        ('{"x": nodes.a.output, "y": [nodes.b.output]}', {"a", "b"}),
        ("inputs.go ? nodes.a : -nodes.b.output", {"a", "b"}),
        ("($f := function($x){ $x + nodes.a.output }; $f(nodes.b.output))", {"a", "b"}),
        ("$map(nodes.a.output, $string)", {"a"}),
        ("$count(nodes.a.output^(>price)) & nodes.b.output{id: name}", {"a", "b"}),
        ("nodes.a.output#$i[$i < 2]", {"a"}),
        ("(nodes.a).output", {"a"}),
        ("input.nodes.a", set()),
        ("inputs[nodes.a]", set()),
        ("(inputs)[nodes.a]", set()),
        ("inputs{nodes.a: nodes.b}", set()),
        ("inputs ~> |items|{'x': nodes.a}|", set()),
        ("inputs.(nodes.a)", set()),
        ("name", set()),
        ("'nodes.a'", set()),
        ("variables.x & inputs.secrets.key", set()),
    ],
)
def test_the_nodes_read_are_those_named_at_the_root(source: str, ids: set[str]) -> None:
    assert analyse(source) == Reads(frozenset(ids))


@pytest.mark.parametrize(
    "source",
    [
        "nodes",
        "nodes.*",
        "nodes.(a.output + b.output)",
        "nodes[a]",
        "nodes[a].b",
        "(nodes).a",
        "$lookup(nodes, inputs.id)",
        "$n := nodes",
        "$$",
        "$",
        "$string()",
        "$lookup('nodes')",
        "$each(function($v){$v})",
        "*.a",
        "**.output",
        "$$.*",
        "$eval('nodes.a')",
        "'nodes.a' ~> $eval",
        "inputs.items.%.%.nodes.a",
        "inputs@$i.nodes.a",
    ],
)
def test_what_only_evaluation_tells_may_read_everything(source: str) -> None:
    assert analyse(source).everything


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        "1 +",
        "nodes.node-1.output",
        "a b",
        "(",
        "'",
        "`",
        "/*",
        "/",
        "\\/",
        "?",
        "@",
        "[" * 5_000,
        "-" * 9_999,
        "$" * (MAX_EXPRESSION_CHARACTERS + 1),
    ],
)
def test_what_jsonata_cannot_parse_is_an_expression_error(source: str) -> None:
    with pytest.raises(ExpressionError):
        analyse(source)


@given(st.text(alphabet="ab1.$%@#^*/?:()[]{}'\"`<>|&~=,;\\ -+", max_size=25))
@settings(deadline=None, max_examples=300)
def test_hostile_text_is_analysed_or_an_expression_error(source: str) -> None:
    with suppress(ExpressionError):
        analyse(source)


@pytest.mark.parametrize(
    ("source", "secrets", "names_no_secret"),
    [
        ("secrets.key", {"key"}, False),
        ("$.secrets.key & secrets.other", {"key", "other"}, False),
        ("inputs.secrets.key", set(), False),
        ("$uppercase(secrets.key)", {"key"}, False),
        ("inputs.list[secrets.key]", set(), False),
        ("secrets", set(), True),
        ("secrets.*", set(), True),
        ("$lookup(secrets, 'key')", set(), True),
        ("secrets[0].key", set(), True),
    ],
)
def test_the_secrets_read_are_those_named_at_the_root(
    source: str, secrets: set[str], names_no_secret: bool
) -> None:
    reads = analyse(source)
    assert (set(reads.secrets), reads.names_no_secret) == (secrets, names_no_secret)
