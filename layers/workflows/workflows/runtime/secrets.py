"""The secrets that a node's expressions name, as its workflow's owner has set them."""

from __future__ import annotations

import time

from workflows.adapters.secrets import SecretStore
from workflows.domain.errors import NodeError

CACHED_SECONDS = 60.0
"""How long a process goes by what it has read: SSM answers 40 times a second, for the whole account."""

_MAX_CACHED = 1_000
_cache: dict[tuple[str, str], tuple[float, str]] = {}


def read_secret(store: SecretStore, owner_id: str, name: str) -> str:
    """A secret of an owner's.

    Raises:
        NodeError: There is none of that name.
        Unavailable: It cannot be reached for now.
    """
    key, at = (owner_id, name), time.monotonic()
    known = _cache.get(key)
    if known is not None and at - known[0] < CACHED_SECONDS:
        return known[1]
    value = store.get(owner_id, name)
    if value is None:
        raise NodeError("secret_missing", f"the workflow's owner has no secret {name}")
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    _cache[key] = at, value
    return value
