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
@settings(max_examples=300)
def test_hostile_text_is_analysed_or_an_expression_error(source: str) -> None:
    with suppress(ExpressionError):
        analyse(source)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("secrets.a & secrets.b", {"a", "b"}),
        ("inputs.list.($$.secrets.a)", {"a"}),
        ("secrets.'a\\u005fb'", {"a_b"}),
        ("'secrets'.a", {"a"}),
        ("function($x){secrets.a & $x}(1)", {"a"}),
        ("$.secrets.a & secrets.b", {"a", "b"}),
        ("$uppercase(secrets.a)", {"a"}),
        ("inputs.list[secrets.a]", set()),
        ("inputs.secrets.a", set()),
        ("inputs.(secrets.a)", set()),
        ("'secrets.a'", set()),
    ],
)
def test_the_secrets_read_are_those_named_at_the_root(source: str, names: set[str]) -> None:
    assert analyse(source) == Reads(secrets=frozenset(names))


@pytest.mark.parametrize(
    "source",
    [
        "secrets",
        "secrets.*",
        "secrets.**",
        "secrets[0].a",
        "secrets.(a)",
        "secrets.a & $string(secrets)",
        "secrets@$s.a",
        "secrets{a: 1}",
        "($s := secrets; $s.a)",
        "$$.secrets[0]",
        "$lookup(secrets, 'a')",
        "$lookup($$, 'secrets')",
        "$lookup($, 'secrets').a",
        "$lookup('secrets')",
        "$$ ~> $lookup('secrets')",
        "$each(secrets, function($v) {$v})",
        "$eval('secrets.a')",
    ],
)
def test_secrets_that_are_not_named_one_by_one_are_told(source: str) -> None:
    assert analyse(source).names_no_secret


@pytest.mark.parametrize(
    "source",
    ["$lookup(inputs, 'secrets')", "inputs.($lookup($, 'secrets'))", "$eval('inputs.a')", "$string($$)"],
)
def test_what_is_not_after_secrets_is_left(source: str) -> None:
    assert not analyse(source).names_no_secret
