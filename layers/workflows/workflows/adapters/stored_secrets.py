"""What Secrets Manager holds for this stack."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from workflows.adapters.clients import client
from workflows.adapters.environment import required


@dataclass(frozen=True, slots=True)
class StoredSecret:
    arn: str

    def get(self) -> str:
        answer = client("secretsmanager").get_secret_value(SecretId=self.arn)
        text: str = answer["SecretString"]
        return text

    def put(self, text: str) -> None:
        """Make `text` its value."""
        client("secretsmanager").put_secret_value(SecretId=self.arn, SecretString=text)


@cache
def master_secret() -> bytes:
    """What this stack derives keys from. Secrets Manager made it; it never changes, so it is read once."""
    return StoredSecret(required("MASTER_SECRET_ARN")).get().encode()
