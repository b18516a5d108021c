"""The headers that every answer carries, whatever it says."""

from __future__ import annotations

import pytest

from tests.functions import ROOT
from tests.integration.conftest import Answer, World
from tests.integration.test_main_job import GREETING
from workflows.http.cors import EXPOSED_HEADERS
from workflows.http.response import COMMON_HEADERS

FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions/api").glob("*/app.py"))


def assert_common_headers(answer: Answer) -> None:
    cached = {"Cache-Control": answer.headers["Cache-Control"]} if "ETag" in answer.headers else {}
    own = {}
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        own["Content-Security-Policy"] = answer.headers["Content-Security-Policy"]
    assert {name: answer.headers.get(name) for name in COMMON_HEADERS} == {**COMMON_HEADERS, **cached, **own}
    assert cached.get("Cache-Control", "private").startswith("private")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_answer_of_every_function_has_them(world: World, function: str) -> None:
    workflow_id = world.save(GREETING)
    execution_id = world.accept(workflow_id)
    world.finish(execution_id)
    path = {
        "workflow_id": workflow_id,
        "execution_id": execution_id,
        "user_id": "owner",
        "token_id": "0123456789abcdef",
        "node_id": "greet",
        "name": "shop_key",
    }

    assert_common_headers(world.call(function, path=path))
    assert_common_headers(world.call(function, path=path, user=None))
    assert_common_headers(world.call(function, path=path, query={"unknown": "1"}, raw_body="{bad"))


def test_answers_without_a_body_have_them(world: World) -> None:
    path = {"workflow_id": world.save(GREETING)}
    tag = world.call("get_workflow", path=path).headers["ETag"]
    not_modified = world.call("get_workflow", path=path, headers={"If-None-Match": tag})
    deleted = world.call("delete_workflow", path=path)

    assert (not_modified.status, deleted.status) == (304, 204)
    assert_common_headers(not_modified)
    assert_common_headers(deleted)


def test_failure_of_ours_has_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise OSError

    monkeypatch.setattr("workflows.adapters.dynamodb.client", fail)
    answer = world.call("get_workflow", path={"workflow_id": "01890a5d-ac96-774b-bcce-b302099a80ff"})
    assert answer.status == 500
    assert_common_headers(answer)


@pytest.mark.parametrize("origin", ["https://app.example.com", "*"])
def test_answers_name_the_origin_whose_pages_may_read_them(
    world: World, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("CORS_ALLOW_ORIGIN", origin)
    path = {"workflow_id": world.save(GREETING)}
    found = world.call("get_workflow", path=path)
    same = world.call("get_workflow", path=path, headers={"If-None-Match": found.headers["ETag"]})
    answers = [found, same, world.call("get_workflow"), world.call("delete_workflow", path=path)]

    assert [answer.status for answer in answers] == [200, 304, 404, 204]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED_HEADERS
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert_common_headers(answer)


@pytest.mark.parametrize("origin", ["", None])
def test_answers_name_no_origin_where_none_is_allowed(
    world: World, monkeypatch: pytest.MonkeyPatch, origin: str | None
) -> None:
    if origin is None:
        monkeypatch.delenv("CORS_ALLOW_ORIGIN", raising=False)
    else:
        monkeypatch.setenv("CORS_ALLOW_ORIGIN", origin)
    answer = world.call("get_health", headers={"Origin": "https://app.example.com"})
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
