"""The secrets of workflows' owners: SecureString parameters of SSM's Parameter Store, one each.

They are encrypted by AWS's own key for SSM, `aws/ssm`. Its policy lets all of the account decrypt by it what
they may read, so no role needs an action of KMS:
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.adapters.clients import client
from workflows.domain.errors import Unavailable
from workflows.domain.secret import owner_path
from workflows.domain.times import format_time

logger = logging.getLogger(__name__)

_MISSING = "ParameterNotFound"
_INVALID = "ValidationException"
_MAX_DELETED = 10
"""Of DeleteParameters."""


@dataclass(frozen=True, slots=True)
class SecretStore:
    """
    Attributes:
        path: What the names of all parameters begin with.
    """

    path: str

    def put(self, owner_id: str, name: str, value: str) -> bool:
        """Store a secret, in the place of what it was; returns whether it is a new one.

        Raises:
            ValueError: SSM does not take such a value.
            Unavailable: It refuses for now.
        """
        try:
            answer = _call(
                "put_parameter",
                _INVALID,
                Name=self._name(owner_id, name),
                Description=f"Secret {name} of the workflows of {owner_id}",
                Value=value,
                Type="SecureString",
                # Or else it is what the account's default says, and that may cost.
                Tier="Standard",
                Overwrite=True,
            )
        except ClientError:
            # Not as its cause: who knows what the message quotes.
            raise ValueError("Parameter Store does not take this value") from None
        return bool(answer["Version"] == 1)

    def get(self, owner_id: str, name: str) -> str | None:
        """A secret's value; None if there is no such secret."""
        try:
            answer = _call("get_parameter", _MISSING, Name=self._name(owner_id, name), WithDecryption=True)
        except ClientError:
            return None
        value: str = answer["Parameter"]["Value"]
        return value

    def names(self, owner_id: str) -> dict[str, str]:
        """When each secret of an owner was set, by its name."""
        path = owner_path(self.path, owner_id)
        return {
            parameter["Name"].rpartition("/")[2]: format_time(parameter["LastModifiedDate"].astimezone(UTC))
            for parameter in _pages(Path=path)
        }

    def delete(self, owner_id: str, name: str) -> bool:
        """Delete a secret; returns whether there was one."""
        try:
            _call("delete_parameter", _MISSING, Name=self._name(owner_id, name))
        except ClientError:
            return False
        return True

    def delete_all(self, owner_id: str) -> None:
        """Delete all secrets of an owner."""
        names = [self._name(owner_id, name) for name in self.names(owner_id)]
        for first in range(0, len(names), _MAX_DELETED):
            _call("delete_parameters", Names=names[first : first + _MAX_DELETED])

    def _name(self, owner_id: str, name: str) -> str:
        return f"{owner_path(self.path, owner_id)}/{name}"


def _pages(**arguments: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        answer = _call("get_parameters_by_path", **arguments, **token)
        yield from answer["Parameters"]
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _call(operation: str, expected: str = "", **arguments: Any) -> Any:
    """Call SSM.

    Args:
        expected: The code of an error that the caller deals with.

    Raises:
        ClientError: The expected one.
        Unavailable: It refuses for now.
    """
    try:
        return getattr(client("ssm"), operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == expected:
            raise
        # Callers get a 503, whatever it is; that a role lacks a right must be told somewhere.
        logger.warning("Parameter Store refuses %s: %s", operation, error.response["Error"]["Code"])
        raise Unavailable("secrets cannot be reached for now") from error
    except BotoCoreError as error:
        raise Unavailable("secrets cannot be reached for now") from error
