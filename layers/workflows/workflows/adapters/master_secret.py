"""The secret from which this stack derives keys: Secrets Manager made it, and nobody needs to know it."""

from __future__ import annotations

from functools import cache

from workflows.adapters.clients import client
from workflows.adapters.environment import required


@cache
def master_secret() -> bytes:
    """The secret, read once a process: it never changes."""
    answer = client("secretsmanager").get_secret_value(SecretId=required("MASTER_SECRET_ARN"))
    secret: str = answer["SecretString"]
    return secret.encode()
