"""Drawings of workflows: as pictures, as text and as numbers."""

from __future__ import annotations

import base64
import hashlib
from xml.etree import ElementTree

import pytest

from tests.integration.conftest import World
from tests.integration.report_samples import FIVE
from tests.integration.test_main_job import GREETING

_SVG = "{http://www.w3.org/2000/svg}"


def test_graph_is_a_picture_by_default(world: World) -> None:
    path = {"workflow_id": world.save(FIVE)}

    answer = world.call("get_workflow_graph", path=path, headers={"Accept": "*/*"})

    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    picture = ElementTree.fromstring(answer.text)
    texts = [each.text for each in picture.iter(f"{_SVG}text")]
    assert {"Reserve each item", "Ship the order", "true", "false"} <= set(texts)
    style = picture.findtext(f"{_SVG}style")
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ({"format": "mermaid"}, "application/json", "text/vnd.mermaid; charset=utf-8"),
        ({}, "text/vnd.mermaid", "text/vnd.mermaid; charset=utf-8"),
        ({}, "text/html, application/json;q=0.9", "application/json"),
        ({"format": "svg"}, "application/json", "image/svg+xml; charset=utf-8"),
        ({}, "", "image/svg+xml; charset=utf-8"),
    ],
)
def test_format_is_as_asked_for(world: World, query: dict[str, str], accept: str, content_type: str) -> None:
    path = {"workflow_id": world.save(FIVE)}

    answer = world.call("get_workflow_graph", path=path, query=dict(query), headers={"Accept": accept})

    assert answer.headers["Content-Type"] == content_type
    assert answer.text.startswith({"t": "flowchart TD\n", "a": "{", "i": "<svg "}[content_type[0]])


def test_json_says_where_all_is(world: World) -> None:
    path = {"workflow_id": world.save(FIVE)}

    drawn = world.call("get_workflow_graph", path=path, query={"format": "json"}).json

    nodes = {node["id"]: node for node in drawn["nodes"]}
    assert (drawn["workflow_id"], drawn["version"]) == (path["workflow_id"], 1)
    assert nodes["look-up"]["parent"] == "each-item"
    assert nodes["ship"]["y"] > nodes["each-item"]["y"] + nodes["each-item"]["height"]
    edges = {(edge["source"], edge["target"]): edge for edge in drawn["edges"]}
    assert edges["in-stock", "back-order"]["when"] == "false"
    assert edges["each-item", "ship"]["points"][-1]["y"] == nodes["ship"]["y"]


def test_graph_is_of_the_version_that_is_asked_for(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}
    world.call("update_workflow", path=path, body={**FIVE, "visibility": "public"})

    def nodes(version: str, user: str | None = "owner") -> list[str]:
        query: dict[str, str | list[str]] = {"format": "json", "version": version}
        answer = world.call("get_workflow_graph", path=path, query=query, user=user)
        assert answer.status == 200, answer.text
        return [node["id"] for node in answer.json["nodes"]]

    assert nodes("1") == ["start", "greet", "end"]
    assert "ship" in nodes("2", user=None)
    for version, user in (("1", None), ("1", "other"), ("9", "owner")):
        answer = world.call("get_workflow_graph", path=path, query={"version": version}, user=user)
        assert answer.status == 404


def test_private_workflow_is_drawn_for_its_owner_and_admins(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}

    for user in ("other", None):
        assert world.call("get_workflow_graph", path=path, user=user).status == 404
    assert world.call("get_workflow_graph", path=path, user="boss", role="admin").status == 200
