"""React Flow documents, seen in the plain style.

Editors built on React Flow save display keys beside the workflow's own and put the config in various places.
Here such a document becomes one of the plain style, with a note of where each part stands, so that all
that follows knows one style, and every pointer is one into the document as given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from workflows.compiler.fields import Fields
from workflows.compiler.node_types import node_type
from workflows.compiler.pointers import pointer_to
from workflows.domain.workflow import JsonValue

_CONFIG_KEYS = ("config", "agent_config", "condition_config", "loop_config", "input_config")
_TYPE_KEYS = ("type", "nodeType")
_MAX_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class View:
    """An object of the document in the plain style.

    Attributes:
        pointer: Where the object stands.
        fields: What it holds.
        places: Where those of its fields stand that are not at `pointer`/<name>.
    """

    pointer: str
    fields: Mapping[str, JsonValue]
    places: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str) -> str:
        """Returns the pointer of a field."""
        return self.places.get(name, pointer_to(self.pointer, name))


def is_react_flow(document: Mapping[str, JsonValue]) -> bool:
    """Whether any node has a `position` on a canvas."""
    nodes = document.get("nodes")
    return isinstance(nodes, list) and any(isinstance(node, dict) and "position" in node for node in nodes)


def known_only(document: Mapping[str, JsonValue], fields: Fields) -> dict[str, JsonValue]:
    """Returns the document without display keys."""
    return {name: document[name] for name in fields if name in document}


def node_view(node: Mapping[str, JsonValue], pointer: str, fields: Fields) -> View:
    """Returns a React Flow node in the plain style, whose table is `fields`."""
    data = node["data"] if isinstance(node.get("data"), dict) else {}
    at_data = pointer_to(pointer, "data")
    plain = known_only(node, fields)
    places: dict[str, str] = {}

    own_type = plain.get("type")
    if not (isinstance(own_type, str) and node_type(own_type)):
        for key in _TYPE_KEYS:
            if isinstance(data.get(key), str):
                plain["type"], places["type"] = data[key], pointer_to(at_data, key)
                break

    label = data.get("label")
    if plain.get("name") is None and isinstance(label, str) and label:
        plain["name"] = label[:_MAX_NAME_CHARACTERS]

    config, places["config"] = _config_of(node, pointer) or _config_of(data, at_data) or (data, at_data)
    kind = node_type(plain["type"]) if isinstance(plain.get("type"), str) else None
    plain["config"] = known_only(config, kind.fields) if kind and isinstance(config, dict) else config
    return View(pointer, plain, places)


def edge_view(
    edge: Mapping[str, JsonValue], pointer: str, fields: Fields, handles: Mapping[str, Collection[str]]
) -> View:
    """Returns a React Flow edge in the plain style.

    Args:
        edge: The edge.
        pointer: Where it stands.
        fields: The table of plain edges.
        handles: The `when` values possible per node: a `sourceHandle` not among them is a drawing port.
    """
    plain = known_only(edge, fields)
    condition, port = edge.get("condition"), edge.get("sourceHandle")
    if plain.get("when") is not None:
        return View(pointer, plain)
    if condition is not None:
        plain["when"] = str(condition).lower() if isinstance(condition, bool) else condition
        return View(pointer, plain, {"when": pointer_to(pointer, "condition")})
    source = plain.get("source")
    if isinstance(source, str) and isinstance(port, str) and port in handles.get(source, ()):
        plain["when"] = port
    return View(pointer, plain, {"when": pointer_to(pointer, "sourceHandle")})


def _config_of(holder: Mapping[str, JsonValue], pointer: str) -> tuple[JsonValue, str] | None:
    """Returns the first config that is not empty (editors save all keys and fill one), and its place."""
    for key in _CONFIG_KEYS:
        if holder.get(key):
            return holder[key], pointer_to(pointer, key)
    return None
