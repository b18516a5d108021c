"""The local stack as a whole: the engine, the deployed template and its users."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local import deployment, engine, models, users
from local.api import Api
from local.engine import REPOSITORY, Engine
from local.errors import LocalStackError
from local.files import write_private

HOME = REPOSITORY / ".local"

_ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that answers; `stack.json` holds the same.

    Attributes:
        base_url: The API's, with its stage.
        tokens: Bearer tokens by user: an `admin`, an `owner` and an `other` user.
        endpoint_url: Where the AWS services answer.
        pid: The engine's process.
        headers: What every call needs besides: nothing.
        models_url: Where what stands in for language models answers.
        models_pid: Its process.
    """

    base_url: str
    tokens: dict[str, str]
    endpoint_url: str
    pid: int
    headers: dict[str, str] = field(default_factory=dict)
    models_url: str = ""
    models_pid: int = 0


def up(home: Path, port: int, say: Callable[[str], None] = print) -> Stack:
    """Start the stack unless it runs, deploy what changed, and wait until it answers.

    Args:
        home: Directory for all that it keeps.
        port: Port on loopback; a stack that runs keeps its own.
        say: Takes the lines that tell what happens.

    Raises:
        LocalStackError: It cannot be started or deployed; what was started has ended again.
    """
    home.mkdir(parents=True, exist_ok=True)
    running = find(home)
    if running:
        local_aws = Engine(running.endpoint_url, running.pid)
        return _deployed(home, local_aws, Engine(running.models_url, running.models_pid), say)
    local_models = models.start(home)
    try:
        local_aws = engine.start(home, port, local_models.endpoint_url)
    except BaseException:
        local_models.stop()
        raise
    try:
        return _deployed(home, local_aws, local_models, say)
    except BaseException:
        local_aws.stop()
        local_models.stop()
        raise


def down(home: Path) -> bool:
    """End the stack and keep its state for the next start.

    Returns:
        Whether it ran.
    """
    return _end(home, Engine.stop)


def destroy(home: Path) -> None:
    """End a stack that nobody starts again, at once."""
    _end(home, Engine.kill)


def find(home: Path) -> Stack | None:
    """The stack that runs in `home`."""
    try:
        stack = Stack(**json.loads(_record(home).read_text()))
    except FileNotFoundError:
        return None
    return stack if Engine(stack.endpoint_url, stack.pid).is_running() else None


def _end(home: Path, end: Callable[[Engine], None]) -> bool:
    stack = find(home)
    if stack:
        end(Engine(stack.endpoint_url, stack.pid))
        end(Engine(stack.models_url, stack.models_pid))
    _record(home).unlink(missing_ok=True)
    return stack is not None


def _deployed(home: Path, local_aws: Engine, local_models: Engine, say: Callable[[str], None]) -> Stack:
    endpoint_url = local_aws.endpoint_url
    deployed = home / "deployed"
    fingerprint = deployment.fingerprint()
    is_current = deployed.exists() and deployed.read_text() == fingerprint
    if not (is_current and deployment.outputs(endpoint_url)):
        say("building and deploying the template ...")
        deployed.unlink(missing_ok=True)
        deployment.deploy(endpoint_url, home / "deploy.log")
        deployed.write_text(fingerprint)
    outputs = deployment.outputs(endpoint_url)
    base_url = f"{endpoint_url}/_aws/execute-api/{outputs['ApiId']}/v1"
    _wait_until_healthy(Api(base_url))
    stack = Stack(
        base_url=base_url,
        tokens=users.tokens(home, Api(base_url), endpoint_url, outputs),
        endpoint_url=endpoint_url,
        pid=local_aws.pid,
        models_url=local_models.endpoint_url,
        models_pid=local_models.pid,
    )
    write_private(_record(home), asdict(stack))
    return stack


def _wait_until_healthy(api: Api) -> None:
    deadline = time.monotonic() + _ANSWER_SECONDS
    while (answer := api.call("GET", "/health")).status != 200:
        if time.monotonic() > deadline:
            raise LocalStackError(f"GET /health answers {answer.status}: {answer.text}")
        time.sleep(0.2)


def _record(home: Path) -> Path:
    return home / "stack.json"
