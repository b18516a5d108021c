"""Pages of the origin that the local stack allows may call it, follow its links, and read its errors."""

from __future__ import annotations

import pytest

from local.stack import Stack
from tests.e2e.users import Call, User
from workflows.http.cors import EXPOSED_HEADERS

ORIGIN = "http://localhost:3000"
GREETING = {"name": "greeting", "nodes": [{"id": "start", "type": "start"}], "edges": []}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/workflows", {"GET", "POST"}),
        ("/workflows/some-workflow", {"DELETE", "GET", "PUT"}),
        ("/executions/some-execution/cancel", {"POST"}),
    ],
)
def test_preflight_is_answered_without_a_credential(call: Call, path: str, methods: set[str]) -> None:
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = call("OPTIONS", path, headers={"Origin": ORIGIN, **wanted})

    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert set(answer.headers["Access-Control-Allow-Methods"].split(",")) == methods | {"OPTIONS"}
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "If-None-Match", "X-Execution-Secret"} <= set(allowed)
    assert answer.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [("/health", None, 200), ("/executions?limit=0", None, 400), ("/executions", "x" * 40, 401)],
)
@pytest.mark.parametrize("headers", [{}, {"Origin": ORIGIN}, {"Origin": "https://elsewhere.example"}])
def test_answers_name_the_origin_whoever_asks(
    call: Call, path: str, token: str | None, status: int, headers: dict[str, str]
) -> None:
    answer = call("GET", path, token=token, headers=headers)

    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED_HEADERS


def test_error_of_the_gateway_names_the_origin_and_not_the_token(call: Call, stack: Stack) -> None:
    answer = call("GET", "/nowhere", token=stack.tokens["owner"], headers={"Origin": ORIGIN})

    assert answer.status in (403, 404)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert stack.tokens["owner"] not in answer.text


def test_page_follows_a_download(call: Call, owner: User) -> None:
    execution_id = owner.execute(owner.save(GREETING))
    owner.ended(execution_id)
    link = owner("GET", f"/executions/{execution_id}/logs/download", headers={"Origin": ORIGIN})
    assert (link.status, link.headers["Access-Control-Allow-Origin"]) == (302, ORIGIN)

    # The redirect crosses origins twice, so the browser no longer says whose page it is.
    file = call("GET", link.headers["Location"], headers={"Origin": "null"})
    assert (file.status, file.headers["Access-Control-Allow-Origin"]) == (200, "*")
