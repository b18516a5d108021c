"""What a workflow with loops comes to, as docs/definition.md has it: one node after another, nothing lost.

Nothing of `workflows` is imported: this is the other opinion that tests compare with. It knows of expressions
only what `loop_strategies` writes. Errors are all the same to it: `{"error": "E"}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ERROR = {"error": "E"}


Iteration = tuple[Any, bool]
"""The result of an iteration, and whether it failed."""


class Failed(Exception):
    """Something failed for good, and with it what is around it."""


@dataclass(frozen=True)
class Scope:
    """What is in reach of the nodes of a graph.

    Attributes:
        source: The `input` of a node without an edge into it.
        outer: The outputs of the nodes before the loops around it.
    """

    source: Any
    outer: Mapping[str, Any]
    item: Any = None
    index: int = 0


def result_of(workflow: Mapping[str, Any], inputs: Any) -> Any:
    """The result of an execution.

    Raises:
        Failed: It fails.
    """
    return _run(workflow, Scope(inputs, {}))


def without_details(value: Any) -> Any:
    """A result in which all errors are the same."""
    if isinstance(value, dict):
        if value.keys() == {"code", "message", "node_id"}:
            return "E"
        return {name: without_details(part) for name, part in value.items()}
    return [without_details(part) for part in value] if isinstance(value, list) else value


def _run(graph: Mapping[str, Any], scope: Scope) -> Any:
    outputs: dict[str, Any] = {}
    opened: dict[str, set[str | None]] = {}  # by node, the `when` of its edges that are live
    for node in graph["nodes"]:
        node_id = node["id"]
        incoming = [edge for edge in graph["edges"] if edge["target"] == node_id]
        live = [edge["source"] for edge in incoming if edge.get("when") in opened.get(edge["source"], ())]
        wanted = len(incoming) if node["join"] == "all" else min(1, len(incoming))
        if len(live) < wanted:
            continue
        sources = list(dict.fromkeys(live))
        value = {source: outputs[source] for source in sources}
        node_input = scope.source if not incoming else value[sources[0]] if len(sources) == 1 else value
        catches = any(edge["source"] == node_id and edge.get("when") == "error" for edge in graph["edges"])
        try:
            outputs[node_id], branch = _execute(node, node_input, outputs, scope)
            opened[node_id] = {None, branch}
        except Failed:
            outputs[node_id] = ERROR
            opened[node_id] = {"error"} if catches else {None}
            if not catches and node["on_error"] == "fail":
                raise
    ends = [node["id"] for node in graph["nodes"] if node["type"] == "end"]
    followed = {edge["source"] for edge in graph["edges"]}
    wanted_ids = ends or [node["id"] for node in graph["nodes"] if node["id"] not in followed]
    found = {node_id: outputs[node_id] for node_id in wanted_ids if node_id in outputs}
    return next(iter(found.values()), None) if len(wanted_ids) == 1 else found


def _execute(node: Mapping[str, Any], node_input: Any, outputs: Any, scope: Scope) -> tuple[Any, str | None]:
    """A node's output, and the handle that it chose."""
    config = node["config"]
    known = {"input": node_input, "item": scope.item, "index": scope.index}
    reads = {**scope.outer, **outputs}
    match node["type"]:
        case "transform":
            return _value(config["value"], known, reads), None
        case "condition":
            return node_input, "true" if _value(config["expression"], known, reads) else "false"
        case "delay" | "end":
            return node_input, None
        case "http":
            what, name = config["url"].rsplit("/", 2)[1:]
            if what == "broken":
                raise Failed
            body = {"of": name, "status": 200}
            return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}, None
        case "loop":
            again = _for_each if config["loop_type"] == "for_each" else _turns
            return again(config, node_input, known, reads), None
    raise AssertionError(node["type"])


def _for_each(config: Any, _: Any, known: Mapping[str, Any], reads: Any) -> Any:
    items = _value(config["items"], known, reads)
    if not isinstance(items, list) or len(items) > config["max_iterations"]:
        raise Failed
    return _results(config, [_iterate(config, Scope(item, reads, item, i)) for i, item in enumerate(items)])


def _turns(config: Any, node_input: Any, known: Mapping[str, Any], reads: Any) -> Any:
    is_while = config["loop_type"] == "while"
    done: list[Iteration] = []
    last = node_input
    holds = _value(config["condition"], {**known, "input": last, "index": 0}, reads) if is_while else False
    while holds == is_while:
        done.append(_iterate(config, Scope(last, reads, last, len(done))))
        last, has_failed = done[-1]
        if has_failed and config["on_item_error"] == "fail":
            raise Failed
        holds = _value(config["condition"], {**known, "input": last, "index": len(done)}, reads)
        if holds == is_while and len(done) >= config["max_iterations"]:
            raise Failed
    return _results(config, done)


def _iterate(config: Any, scope: Scope) -> Iteration:
    try:
        return _run(config["body"], scope), False
    except Failed:
        return ERROR, True


def _results(config: Any, done: list[Iteration]) -> Any:
    failed = sum(has_failed for _, has_failed in done)
    if failed and config["on_item_error"] == "fail":
        raise Failed
    return {"items": [result for result, _ in done], "count": len(done), "failed": failed}


_FORMS: list[tuple[re.Pattern[str], Callable[..., Any]]] = [
    (re.compile(r"\{\{(input|item|index)\}\}"), lambda known, _, name: known[name]),
    (re.compile(r"\{\{nodes\.(\w+)\.output\}\}"), lambda _, reads, node_id: reads.get(node_id)),
    (re.compile(r"\{\{index < (\d+)\}\}"), lambda known, _, number: known["index"] < int(number)),
    (re.compile(r"\{\{index >= (\d+)\}\}"), lambda known, _, number: known["index"] >= int(number)),
    (re.compile(r"\{\{true\}\}"), lambda *_: True),
    (re.compile(r"\{\{index % 2 = 0\}\}"), lambda known, _: known["index"] % 2 == 0),
    (re.compile(r"\{\{index = (\d+) \? \$error\('no'\) : index\}\}"), lambda *found: _unless(*found)),
]


def _unless(known: Mapping[str, Any], _: Any, number: str) -> Any:
    if known["index"] == int(number):
        raise Failed
    return known["index"]


def _value(template: Any, known: Mapping[str, Any], reads: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        return {name: _value(part, known, reads) for name, part in template.items()}
    if isinstance(template, list):
        return [_value(part, known, reads) for part in template]
    if not isinstance(template, str):
        return template
    for pattern, meaning in _FORMS:
        if found := pattern.fullmatch(template):
            return meaning(known, reads, *found.groups())
    assert "{{" not in template, template
    return template
