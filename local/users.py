"""The demo's users, made as an operator makes users: by the first admin's token, through the API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from local.api import Answer, Api
from local.deployment import session
from local.errors import LocalStackError
from local.files import write_private

_TIERS = {"owner": "premium", "other": "standard"}
"""One of each: the owner's examples and tests must not run into the rates of a standard user."""


def tokens(home: Path, api: Api, endpoint_url: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """The token of each demo user by user id, the admin's first; those that are good still are kept.

    Args:
        home: Where they are kept.
        outputs: Of the stack.

    Raises:
        LocalStackError: The API makes no users.
    """
    path = home / "tokens.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    admin = _admin_token(api, endpoint_url, outputs)
    found = {"admin": admin}
    for user_id, tier in _TIERS.items():
        token = known.get(user_id)
        found[user_id] = token if token and _is_good(api, user_id, token) else _new(api, admin, user_id, tier)
    write_private(path, found)
    return found


def _admin_token(api: Api, endpoint_url: str, outputs: Mapping[str, str]) -> str:
    secrets = session().client("secretsmanager", endpoint_url=endpoint_url)
    secret_id = outputs["AdminTokenSecretArn"]
    token = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
    if _is_good(api, "admin", token):
        return token
    # It has expired, or somebody has deleted it.
    session().client("lambda", endpoint_url=endpoint_url).invoke(
        FunctionName=outputs["EnsureFirstAdminFunctionName"], Payload=b"{}"
    )
    return secrets.get_secret_value(SecretId=secret_id)["SecretString"]


def _is_good(api: Api, user_id: str, token: str) -> bool:
    return api.call("GET", f"/users/{user_id}", token=token).status == 200


def _new(api: Api, admin: str, user_id: str, tier: str) -> str:
    made = api.call("POST", "/users", token=admin, json={"user_id": user_id, "tier": tier})
    _expect(made, 201, 409)
    made = api.call("POST", f"/users/{user_id}/tokens", token=admin, json={"name": "local"})
    _expect(made, 201)
    token: str = made.json()["token"]
    return token


def _expect(answer: Answer, *statuses: int) -> None:
    if answer.status not in statuses:
        raise LocalStackError(f"the API makes no demo users: {answer.status} {answer.text}")
