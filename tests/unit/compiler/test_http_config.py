"""What can be wrong with the config of an `http` node."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.compiler.normalise import normalise
from workflows.domain.errors import Invalid

ITEMS = {"items": "{{page.body.items}}"}
BEARER = {"type": "bearer", "token": "{{secrets.key}}"}


def definition(**config: Any) -> dict[str, Any]:
    node = {"id": "a", "type": "http", "config": {"url": "https://a.example/", **config}}
    return {"name": "n", "nodes": [node], "edges": []}


def problems(**config: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        normalise(definition(**config))
    prefix = "/nodes/0/config"
    return {each.pointer.removeprefix(prefix): each.detail for each in caught.value.problems}


@pytest.mark.parametrize(
    "config",
    [
        {"auth": BEARER},
        {"auth": {"type": "basic", "username": "{{inputs.user}}", "password": "{{secrets.key}}"}},
        {"auth": {"type": "header", "name": "X-Key", "value": "Key {{secrets.key}}"}, "headers": {"X": "1"}},
        {"auth": {"type": "query", "name": "key", "value": "{{secrets.key}}"}, "query": {"Key": 1}},
        {"form": {"a": [1, 2]}},
        {"form": "{{inputs.form}}"},
        {"as_file": True},
        {"pagination": ITEMS},
        {"pagination": {**ITEMS, "next_url": "{{page.body.next}}", "max_pages": 100}, "auth": BEARER},
        {"pagination": {**ITEMS, "next_query": {"cursor": "{{page.headers.cursor}}", "size": 10}}},
        {"pagination": {**ITEMS, "max_pages": None}, "as_file": False},
    ],
)
def test_config_is_good(config: dict[str, Any]) -> None:
    read = normalise(definition(**config)).nodes[0].config
    if "pagination" in config:
        assert read["pagination"]["max_pages"] == (config["pagination"].get("max_pages") or 10)


@pytest.mark.parametrize(
    ("config", "pointers"),
    [
        ({"json": 1, "form": {}, "body": ""}, {"/form", "/body"}),
        ({"json": 1, "body": ""}, {"/body"}),
        ({"form": [1]}, {"/form"}),
        ({"as_file": "yes"}, {"/as_file"}),
        ({"auth": "key"}, {"/auth"}),
        ({"auth": {}}, {"/auth/type"}),
        ({"auth": {"type": "digest"}}, {"/auth/type"}),
        ({"auth": {"type": ["bearer"]}}, {"/auth/type"}),
        ({"auth": {"type": "bearer"}}, {"/auth/token"}),
        ({"auth": {**BEARER, "username": "u"}}, {"/auth/username"}),
        ({"auth": {"type": "basic", "username": "", "password": 1}}, {"/auth/username", "/auth/password"}),
        ({"auth": {"type": "header", "name": "a b", "value": "{{secrets.key}}"}}, {"/auth/name"}),
        ({"auth": {"type": "header", "name": "a\r\nb", "value": "{{secrets.key}}"}}, {"/auth/name"}),
        ({"auth": {"type": "bearer", "token": "{{secrets}}"}}, {"/auth/token"}),
        ({"auth": {"type": "bearer", "token": "{{secrets.key"}}, {"/auth/token"}),
        ({"auth": BEARER, "headers": {"authorization": "x"}}, {"/headers/authorization"}),
        (
            {
                "auth": {"type": "header", "name": "X-Key", "value": "{{secrets.key}}"},
                "headers": {"x-key": 1},
            },
            {"/headers/x-key"},
        ),
        (
            {"auth": {"type": "query", "name": "a/b", "value": "{{secrets.key}}"}, "query": {"a/b": 1}},
            {"/query/a~1b"},
        ),
        ({"pagination": {}}, {"/pagination/items"}),
        ({"pagination": []}, {"/pagination"}),
        ({"pagination": {"items": "all"}}, {"/pagination/items"}),
        ({"pagination": {"items": "a {{page.body}}"}}, {"/pagination/items"}),
        ({"pagination": {**ITEMS, "max_pages": 101}}, {"/pagination/max_pages"}),
        ({"pagination": {**ITEMS, "next_url": "/b"}}, {"/pagination/next_url"}),
        ({"pagination": {**ITEMS, "next_query": {}}}, {"/pagination/next_query"}),
        ({"pagination": {**ITEMS, "next_query": "{{page.body}}"}}, {"/pagination/next_query"}),
        (
            {"pagination": {**ITEMS, "next_url": "{{page.body.n}}", "next_query": {"a": 1}}},
            {"/pagination/next_query"},
        ),
        ({"pagination": {**ITEMS, "pages": 1}}, {"/pagination/pages"}),
        ({"pagination": ITEMS, "as_file": True}, {"/as_file"}),
        (
            {
                "pagination": {**ITEMS, "next_query": {"k": 1}},
                "auth": {"type": "query", "name": "k", "value": "{{secrets.key}}"},
            },
            {"/pagination/next_query/k"},
        ),
    ],
)
def test_config_is_refused_at_the_place(config: dict[str, Any], pointers: set[str]) -> None:
    assert problems(**config).keys() == pointers


@pytest.mark.parametrize("token", ["sk-live-1234", "{{inputs.token}}", "{{variables.token}}", "Bearer x"])
def test_credential_that_is_no_secret_is_refused_and_not_quoted(token: str) -> None:
    found = problems(auth={"type": "bearer", "token": token})
    detail = found["/auth/token"]
    assert detail == "token must be a secret: store it with PUT /secrets and name it {{secrets.name}}"
