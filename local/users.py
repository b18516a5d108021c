"""The demo's users: their tokens, of which the stack knows only the hashes."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from local.deployment import session
from local.files import write_private

_ROLES = {"admin": "admin", "owner": "user", "other": "user"}


def tokens(home: Path) -> dict[str, str]:
    """The token of each demo user by user id: made once for a stack, then the same at every start."""
    path = home / "tokens.json"
    if not path.exists():
        write_private(path, {user_id: secrets.token_urlsafe(32) for user_id in _ROLES})
    found: dict[str, str] = json.loads(path.read_text())
    return found


def put_users(endpoint_url: str, table_name: str, tokens_by_user: dict[str, str]) -> None:
    """Write the users and their tokens into the access table."""
    table = session().resource("dynamodb", endpoint_url=endpoint_url).Table(table_name)
    created_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for user_id, token in tokens_by_user.items():
        user = {"user_id": user_id, "role": _ROLES[user_id], "created_at": created_at}
        token_id = f"token#{sha256(token.encode()).hexdigest()}"
        table.put_item(Item={"id": f"user#{user_id}", **user})
        table.put_item(Item={"id": token_id, "name": "local", **user})
