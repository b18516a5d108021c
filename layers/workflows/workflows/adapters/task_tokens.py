"""Answers to Tasks that wait for a token."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from workflows.adapters.clients import client

# A token whose Task was answered, retried, or stopped with its execution.
_DEAD = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})
_CAUSE_CHARACTERS = 32_768


def send_success(token: str, branch: str | None = None) -> None:
    """End the Task that waits for `token`; a dead token is ignored.

    Args:
        branch: What a Choice that follows goes by.
    """
    output = "{}" if branch is None else json.dumps({"branch": branch})
    _send("send_task_success", taskToken=token, output=output)


def send_failure(token: str, error: str, cause: str) -> None:
    """Fail the Task that waits for `token` with an error name; a dead token is ignored."""
    _send("send_task_failure", taskToken=token, error=error, cause=cause[:_CAUSE_CHARACTERS])


def _send(operation: str, **arguments: str) -> None:
    try:
        getattr(client("stepfunctions"), operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DEAD:
            raise
