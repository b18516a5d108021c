"""Schemathesis on a running stack: requests made from the API's document, answers judged by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from local.api import Api
from local.stack import Stack
from tests.documented import DOCUMENT_PATH
from tests.e2e.things import Things
from tests.e2e.users import User

_ROOT = Path(__file__).parents[2]

# API Gateway answers by itself, with a 403 or 404, to methods that a path has not.
_OFF = ("unsupported_method",)
_BY_DEFAULT = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx"]
# A definition is more than a schema can say, and so are inputs that fit the workflow.
_MORE_THAN_A_SCHEMA = ["create_workflow", "update_workflow", "execute_workflow", "replay_execution"]
# The coverage phase would send each of them several thousand definitions, and come to nothing else.
_WITHOUT_COVERAGE = ["create_workflow", "update_workflow"]
# Of what they may not know of, also callers without a token are told that there is no such thing.
_DENIED = ["update_workflow", "delete_workflow", "complete_node"]


@dataclass(frozen=True)
class Plan:
    """How much to try.

    Attributes:
        examples: Requests of each operation in each phase, beside those of `examples` and `coverage`.
    """

    phases: str
    examples: int
    seed: int


def fuzz(stack: Stack, folder: Path, plan: Plan, role: str) -> str:
    """Try all operations as a caller of a role: `user`, `admin` or `anonymous`.

    Users are new ones, who touch nothing that others are about; an admin needs a stack of its own.

    Args:
        folder: For the configuration.

    Returns:
        What Schemathesis says, which ends in a summary.

    Raises:
        AssertionError: An answer is not as the document says.
    """
    call = Api(stack.base_url, stack.headers).call
    admin = User(call, stack.tokens["admin"])
    user_id, token = _new_user(admin, "user" if role == "anonymous" else role)
    known = _things(User(call, token), admin, "public" if role == "anonymous" else "private")
    # An admin would delete itself.
    known["user_id"] = ["nobody" if role == "admin" else user_id]
    (folder / "schemathesis.toml").write_text(_config(stack, None if role == "anonymous" else token, known))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", str(DOCUMENT_PATH)),
        *("--phases", plan.phases, "--max-examples", str(plan.examples), "--seed", str(plan.seed)),
    ]
    finished = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def _new_user(admin: User, role: str) -> tuple[str, str]:
    """Its id and token."""
    # Premium: rates are for other tests.
    user_id = f"fuzz-{token_hex(4)}"
    made = admin("POST", "/users", {"user_id": user_id, "role": role, "tier": "premium"})
    assert made.status == 201, made.text
    token: str = admin("POST", f"/users/{user_id}/tokens", {"name": "fuzz"}).json()["token"]
    return user_id, token


def _things(owner: User, admin: User, visibility: str) -> dict[str, list[str]]:
    """Ids of something of each kind, by the name of the parameter."""
    things = Things(owner, admin, visibility)
    made = [things.make(name) for name in ("node", "paused", "cancelled", "failed", "asking")]
    made += [things.keep("workflow"), {"name": "shop_key"}]
    names = {name for each in made for name in each}
    return {name: sorted({each[name] for each in made if name in each}) for name in sorted(names)}


def _config(stack: Stack, token: str | None, known: dict[str, list[str]]) -> str:
    """https://schemathesis.readthedocs.io/en/stable/reference/configuration/; texts are as in JSON."""
    lines = [
        f"base-url = {json.dumps(stack.base_url)}",
        'hooks = "tests.fuzz.hooks"',
        "continue-on-failure = true",
        "request-timeout = 60",
        "warnings = false",
    ]
    if token:
        lines.append(f"auth.openapi.bearer.bearer = {json.dumps(token)}")
    lines += [f"checks.{name}.enabled = false" for name in _OFF]
    for name, values in known.items():
        lines.append(f"dictionaries.{name}.values = {json.dumps(values)}")
        lines.append(f'parameters."path.{name}" = {{ dictionary = "{name}", probability = 0.6 }}')
    expected = json.dumps([*_BY_DEFAULT, 422])
    lines += [
        "[[operations]]",
        f"include-operation-id = {json.dumps(_MORE_THAN_A_SCHEMA)}",
        f"checks.positive_data_acceptance.expected-statuses = {expected}",
        "[[operations]]",
        f"include-operation-id = {json.dumps(_WITHOUT_COVERAGE)}",
        "phases.coverage.enabled = false",
        "[[operations]]",
        f"include-operation-id = {json.dumps(_DENIED)}",
        "checks.ignored_auth.enabled = false",
    ]
    return "\n".join(lines) + "\n"
