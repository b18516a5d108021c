"""The secrets of workflows' owners: SecureString parameters of SSM's Parameter Store, one each.

They are encrypted by AWS's own key for SSM, whose policy lets whoever may read a parameter decrypt it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.adapters.clients import client
from workflows.domain.errors import Unavailable
from workflows.domain.secret import owner_path
from workflows.domain.times import format_time

_MISSING = "ParameterNotFound"


@dataclass(frozen=True, slots=True)
class SecretStore:
    """
    Attributes:
        path: What the names of all parameters begin with.
    """

    path: str

    def put(self, owner_id: str, name: str, value: str) -> bool:
        """Store a secret, in the place of what it was; returns whether it is a new one."""
        answer = _call(
            "put_parameter",
            Name=self._name(owner_id, name),
            Value=value,
            Type="SecureString",
            Overwrite=True,
        )
        return bool(answer["Version"] == 1)

    def get(self, owner_id: str, name: str) -> str | None:
        """A secret's value; None if there is no such secret."""
        try:
            answer = _call("get_parameter", Name=self._name(owner_id, name), WithDecryption=True)
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
            _call("delete_parameter", Name=self._name(owner_id, name))
        except ClientError:
            return False
        return True

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


def _call(operation: str, **arguments: Any) -> Any:
    """Call SSM.

    Raises:
        ClientError: There is no such parameter.
        Unavailable: It refuses for now.
    """
    try:
        return getattr(client("ssm"), operation)(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == _MISSING:
            raise
        raise Unavailable("secrets cannot be reached for now") from error
    except BotoCoreError as error:
        raise Unavailable("secrets cannot be reached for now") from error
