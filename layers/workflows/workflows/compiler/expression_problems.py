"""What can be wrong with the expressions in a workflow's configs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from workflows.compiler.drafts import NodeDraft
from workflows.compiler.expressions import ExpressionError, Reads, analyse
from workflows.compiler.node_types.kind import Scope
from workflows.compiler.order import order_of
from workflows.compiler.templates import TemplateError, parse_template, walk_strings
from workflows.domain.errors import Problem
from workflows.domain.secret import NAME_PATTERN, is_secret_name
from workflows.domain.workflow import Edge

MAX_ALL_CHARACTERS = 60_000
"""Of a workflow's distinct expressions: to parse so many takes a whole CPU some 10 seconds."""


def expression_problems(
    drafts: Iterable[NodeDraft],
    nodes: Mapping[str, NodeDraft],
    edges: Iterable[Edge] | None,
    readable: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> Iterator[Problem]:
    """Yields every expression that does not parse, or reads a node which has no output by then.

    Args:
        drafts: All nodes.
        nodes: Those that edges and expressions can name, by id.
        edges: The edges between them; None if they make no order, so that none can be broken.
        readable: Further nodes, which come before all of these.
        elsewhere: Nodes that there are, and that cannot be read from here.
    """
    order = order_of(list(nodes), edges or ())
    position = {node_id: i for i, node_id in enumerate(order.ids)}
    for draft in drafts:
        everything = edges is None or draft.id is None
        before = -1 if everything else order.ancestors[position[str(draft.id)]]
        for place, source in _expressions(draft):
            if isinstance(source, Problem):
                yield source
                continue
            try:
                reads = analyse(source)
            except ExpressionError as error:
                yield Problem(place, f"{{{{ {source} }}}}: {error}")
                continue
            scope = _scope(draft, place)
            if detail := _secrets_fault(draft, reads, scope) or _args_fault(source, reads, scope):
                yield Problem(place, f"{{{{ {source} }}}}: {detail}")
            for node_id in sorted(reads.ids - set(readable)):
                if node_id not in position or not before >> position[node_id] & 1:
                    yield Problem(place, _misread(node_id, nodes, elsewhere))


def too_many_expressions(drafts: Iterable[NodeDraft]) -> Problem | None:
    """Returns the problem at the expression that is one too many, if there is one."""
    seen: set[str] = set()
    characters = 0
    for draft in drafts:
        for place, source in _expressions(draft):
            if isinstance(source, str) and source not in seen:
                seen.add(source)
                characters += len(source)
            if characters > MAX_ALL_CHARACTERS:
                return Problem(
                    place, f"all expressions together have at most {MAX_ALL_CHARACTERS} characters"
                )
    return None


def _expressions(draft: NodeDraft) -> Iterator[tuple[str, str | Problem]]:
    """Yields where each expression of a node stands, and its source, or why it has none."""
    for pointer, text in walk_strings(draft.view.fields.get("config")):
        place = draft.view.at("config") + pointer
        try:
            template = parse_template(text)
        except TemplateError as error:
            yield place, Problem(place, str(error))
        else:
            yield from ((place, expression.source) for expression in template.expressions)


def _scope(draft: NodeDraft, place: str) -> Scope:
    if draft.kind is None:
        return Scope(secrets=True, args=True)  # Nothing is known of it, and that has been said.
    pointer = place.removeprefix(draft.view.at("config"))
    return draft.kind.scope_at(draft.view.fields["config"], pointer)


def _args_fault(source: str, reads: Reads, scope: Scope) -> str | None:
    # By itself it may be the name of a variable.
    if not reads.args or scope.args or source == "args":
        return None
    return "args is what a model gives to a tool: it is for the configs of an agent's tools"


def _secrets_fault(draft: NodeDraft, reads: Reads, scope: Scope) -> str | None:
    if not reads.secrets and not reads.names_no_secret:
        return None
    if draft.kind is not None and draft.kind.takes_secrets and not scope.secrets:
        return "secrets are not for this field, which does not keep them to itself"
    if draft.kind is not None and not draft.kind.takes_secrets:
        return f"secrets are not for nodes of the type {draft.kind.name}, whose output would hold them"
    if reads.names_no_secret:
        return "secrets are named one by one, as in secrets.shop_key"
    wrong = next((name for name in sorted(reads.secrets) if not is_secret_name(name)), None)
    return f"secrets.{wrong}: the name of a secret matches {NAME_PATTERN}" if wrong is not None else None


def _misread(node_id: str, node_ids: Collection[str], elsewhere: Collection[str]) -> str:
    if node_id in node_ids:
        return f"nodes.{node_id}: that node does not come before this one, so it has no output here"
    if node_id in elsewhere:
        return f"nodes.{node_id}: that node is in another graph, as of a loop, so it has no output here"
    if longer := next((other for other in node_ids if other.startswith(f"{node_id}-")), None):
        return f"nodes.{node_id}: there is no such node; an id with '-' needs backticks: nodes.`{longer}`"
    return f"nodes.{node_id}: there is no such node"
