"""The secrets that a user's workflows may name: set and deleted by their owner, and shown to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from workflows.adapters.secrets import SecretStore
from workflows.adapters.stores import secret_store
from workflows.domain.access import Caller, require_user
from workflows.domain.errors import LimitReached, Malformed, NotFound, Problem
from workflows.domain.secret import MAX_SECRETS, NAME_PATTERN, is_secret_name, value_fault
from workflows.domain.times import now


@dataclass(frozen=True, slots=True)
class SetSecret:
    """
    Attributes:
        is_new: Whether there was none of that name.
    """

    name: str
    updated_at: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Secrets:
    store: SecretStore

    def put(self, caller: Caller, name: str, value: str) -> SetSecret:
        """Set a secret of the caller's.

        Who sets several at once may end up with a few more than the limit, which harms nobody.

        Raises:
            Unauthenticated: Anonymous callers own nothing.
            Malformed: The name or the value cannot be one.
            LimitReached: The caller has as many as there may be.
            Unavailable: It cannot be stored for now.
        """
        owner_id = require_user(caller, "setting a secret")
        if not is_secret_name(name):
            raise _malformed("name", f"must match {NAME_PATTERN}")
        if fault := value_fault(value):
            raise _malformed("/value", fault)
        names = self.store.names(owner_id)
        if len(names) >= MAX_SECRETS and name not in names:
            raise LimitReached(f"you have {MAX_SECRETS} secrets, as many as you may: delete one first")
        try:
            is_new = self.store.put(owner_id, name, value)
        except ValueError as error:
            raise _malformed("/value", f"cannot be stored: {error}") from None
        return SetSecret(name, now(), is_new)

    def list(self, caller: Caller) -> Mapping[str, str]:
        """When each of the caller's secrets was set, by name.

        Raises:
            Unauthenticated, Unavailable: As above.
        """
        return dict(sorted(self.store.names(require_user(caller, "listing secrets")).items()))

    def delete(self, caller: Caller, name: str) -> None:
        """Delete a secret of the caller's.

        Raises:
            NotFound: There is none of that name.
            Unauthenticated, Unavailable: As above.
        """
        owner_id = require_user(caller, "deleting a secret")
        if not (is_secret_name(name) and self.store.delete(owner_id, name)):
            raise NotFound(f"you have no secret {name}")

    def delete_all(self, owner_id: str) -> None:
        """Delete what an owner leaves.

        Raises:
            Unavailable: As above.
        """
        self.store.delete_all(owner_id)


def _malformed(pointer: str, detail: str) -> Malformed:
    return Malformed(f"{pointer.strip('/')} {detail}", problems=(Problem(pointer, detail),))


@cache
def secrets() -> Secrets:
    return Secrets(secret_store())
