"""Who may call what: each endpoint, each kind of caller, private and public, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

from local.api import Answer
from local.deployment import outputs, session
from local.stack import Stack
from local.template import read_template
from tests.documented import DOCUMENT
from tests.e2e.things import Things
from tests.e2e.users import Call, User
from workflows.domain.token import TokenText

CALLERS = ("owner", "other", "admin", "anonymous")
BAD_TOKENS = ("expired", "revoked", "malformed")
"""One for each endpoint and visibility: the engine pays each refusal with a cold start."""


@dataclass(frozen=True)
class Row:
    """What each caller gets of an endpoint.

    Attributes:
        private: Statuses for the owner, another user, an admin, and an anonymous caller.
        public: The same, of what is public; None: it makes no difference.
        thing: What the call is about: a method of `Things`.
        is_new: Whether each call needs one of its own.
        body: What is sent; `definition` stands for one of the visibility.
        anyone: Whether it asks for no credential, and so for no good one.
    """

    private: tuple[int, int, int, int]
    public: tuple[int, int, int, int] | None = None
    thing: str = "nothing"
    is_new: bool = False
    body: Any = None
    anyone: bool = False


def read(ok: int, thing: str) -> Row:
    """What everybody may read of what is public."""
    return Row((ok, 404, ok, 404), (ok, ok, ok, ok), thing)


def own(ok: int, thing: str, *, is_new: bool = True) -> Row:
    """What only the owner and admins may do, and others may know of where it is public."""
    return Row((ok, 404, ok, 404), (ok, 403, ok, 403), thing, is_new)


ROWS = {
    "GET /health": Row((200, 200, 200, 200), anyone=True),
    "GET /openapi.json": Row((200, 200, 200, 200)),
    "GET /docs": Row((200, 200, 200, 200)),
    "POST /workflows": Row((201, 201, 201, 401), body="definition"),
    "GET /workflows": Row((200, 200, 200, 401)),
    "POST /workflows/validate": Row((200, 200, 200, 200), body="definition"),
    "GET /workflows/{workflow_id}": read(200, "workflow"),
    "GET /workflows/{workflow_id}/graph": read(200, "workflow"),
    "PUT /workflows/{workflow_id}": Row(
        (200, 404, 200, 404), (200, 403, 200, 401), "workflow", body="definition"
    ),
    "DELETE /workflows/{workflow_id}": Row(
        (204, 404, 204, 404), (204, 403, 204, 401), "workflow", is_new=True
    ),
    "POST /workflows/{workflow_id}/execute": Row((202, 404, 202, 404), (202,) * 4, "workflow", body={}),
    "GET /executions": Row((200, 200, 200, 401)),
    "GET /executions/stats": Row((200, 200, 200, 401)),
    "GET /executions/{execution_id}": read(200, "execution"),
    "GET /executions/{execution_id}/nodes/{node_id}": own(200, "node", is_new=False),
    "GET /executions/{execution_id}/logs": own(200, "execution", is_new=False),
    "GET /executions/{execution_id}/logs/download": own(302, "execution", is_new=False),
    "GET /executions/{execution_id}/report": own(302, "execution", is_new=False),
    "POST /executions/{execution_id}/cancel": own(200, "execution"),
    "POST /executions/{execution_id}/pause": own(200, "execution"),
    "POST /executions/{execution_id}/nodes/{node_id}/complete": Row(
        (200, 404, 200, 404), (200, 403, 200, 401), "asking", is_new=True, body={"decision": "approved"}
    ),
    "POST /executions/{execution_id}/resume": own(200, "paused"),
    "POST /executions/{execution_id}/retry": own(200, "failed"),
    "POST /executions/{execution_id}/replay": own(202, "execution", is_new=False),
    "DELETE /executions/{execution_id}": own(204, "cancelled"),
    # Of a user who has none: an admin would cancel what other tests are about.
    "POST /executions/cancel": Row((403, 403, 200, 401), body={"user_id": "nobody"}),
    "GET /webhook-secret": Row((200, 200, 200, 401)),
    "POST /users": Row((403, 403, 409, 401), body={"user_id": "owner"}),
    "GET /users": Row((403, 403, 200, 401)),
    "GET /users/{user_id}": Row((200, 403, 200, 401), thing="owner"),
    "DELETE /users/{user_id}": Row((403, 403, 204, 401), thing="user", is_new=True),
    "POST /users/{user_id}/tokens": Row((201, 403, 201, 401), thing="owner", body={"name": "spare"}),
    "GET /secrets": Row((200, 200, 200, 401)),
    "PUT /secrets/{name}": Row((200, 201, 201, 401), thing="secret", body={"value": "a secret value"}),
    "DELETE /secrets/{name}": Row((204, 404, 404, 401), thing="secret", is_new=True),
    "DELETE /users/{user_id}/tokens/{token_id}": Row((204, 403, 204, 401), thing="token", is_new=True),
}

_DATA = {"inputs", "result", "error", "nodes", "latest_logs", "user_id", "labels"}


@pytest.fixture(scope="module")
def tokens(call: Call, stack: Stack) -> dict[str, str | None]:
    """A credential of each kind of caller."""
    owner = User(call, stack.tokens["owner"])
    revoked = owner("POST", "/users/owner/tokens", {"name": "revoked"}).json()
    assert owner("DELETE", f"/users/owner/tokens/{revoked['token_id']}").status == 204
    return {
        **stack.tokens,
        "anonymous": None,
        "expired": _expired(stack),
        "revoked": revoked["token"],
        "malformed": f"{stack.tokens['owner']}0",
    }


def _expired(stack: Stack) -> str:
    """A token of the owner's, as it is after its time: the API makes none that is shorter than a day."""
    text = TokenText.new("owner")
    token = text.to_token("old", "2020-01-01T00:00:00.000Z", "2020-01-02T00:00:00.000Z")
    resource: Any = session().resource("dynamodb", endpoint_url=stack.endpoint_url)
    resource.Table(outputs(stack.endpoint_url)["AccessTableName"]).put_item(Item=token.to_item())
    return str(text)


@pytest.fixture(scope="module")
def things(call: Call, stack: Stack) -> dict[str, Things]:
    owner, admin = User(call, stack.tokens["owner"]), User(call, stack.tokens["admin"])
    return {visibility: Things(owner, admin, visibility) for visibility in ("private", "public")}


def routes() -> set[str]:
    """Of the template."""
    functions = read_template()["Resources"].values()
    events = [each["Properties"].get("Events", {}) for each in functions if "Function" in each["Type"]]
    found = [event["Properties"] for named in events for event in named.values() if event["Type"] == "Api"]
    return {f"{route['Method'].upper()} {route['Path']}" for route in found}


def test_every_endpoint_has_a_row() -> None:
    assert ROWS.keys() == routes()


@pytest.mark.parametrize("route", ROWS)
def test_document_asks_for_a_token_where_nobody_comes_in_without_one(route: str) -> None:
    method, path = route.split(" ")
    row = ROWS[route]
    (*_, private), (*_, public) = row.private, row.public or row.private
    if DOCUMENT["paths"][path][method.lower()]["security"] == [{"bearer": []}]:
        assert min(private, public) >= 400


_addresses = count(1)


@pytest.mark.parametrize("visibility", ["private", "public"])
@pytest.mark.parametrize("route", ROWS)
def test_endpoint_answers_each_caller(
    call: Call, tokens: dict[str, str | None], things: dict[str, Things], route: str, visibility: str
) -> None:
    row, of_visibility = ROWS[route], things[visibility]
    if visibility == "public" and row.public is None:
        pytest.skip("its visibility makes no difference")
    statuses = row.private if visibility == "private" else row.public
    assert statuses is not None
    expected = dict(zip(CALLERS, statuses, strict=True))
    # Those who are refused change nothing, so all of them can be refused of the same thing.
    refused = {name: status for name, status in expected.items() if status >= 400}
    turn = list(ROWS).index(route) + (visibility == "public")
    refused[BAD_TOKENS[turn % len(BAD_TOKENS)]] = statuses[0] if row.anyone else 401
    allowed = {name: status for name, status in expected.items() if status < 400}
    thing = of_visibility.make(row.thing) if row.is_new else of_visibility.keep(row.thing)

    def answer(name: str, about: dict[str, str]) -> Answer:
        method, path = route.split(" ")
        body = of_visibility.definition() if row.body == "definition" else row.body
        # The engine takes it for the caller's address: anonymous ones must not share a rate.
        address = {"X-Forwarded-For": f"198.51.100.{next(_addresses) % 250}"}
        place = path.format(**{parameter: quote(id_, safe="") for parameter, id_ in about.items()})
        return call(method, place, token=tokens[name], json=body, headers=address)

    answers = {name: answer(name, thing) for name in refused}
    for name in allowed:
        answers[name] = answer(name, thing)
        if row.is_new and name != list(allowed)[-1]:
            thing = of_visibility.make(row.thing)

    assert {name: found.status for name, found in answers.items()} == refused | allowed
    for name, found in answers.items():
        token = tokens[name]
        assert token is None or token not in found.text + str(found.headers)
        if found.status >= 400:
            assert found.headers["Content-Type"] == "application/problem+json", name
    if route == "GET /executions/{execution_id}" and visibility == "public":
        for name in ("other", "anonymous"):
            assert not _DATA & answers[name].json().keys()
        assert _DATA - {"result", "error"} <= answers["owner"].json().keys()
