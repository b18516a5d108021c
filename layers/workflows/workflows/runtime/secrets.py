"""The secrets that a node's expressions name, as its workflow's owner has set them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from workflows.adapters.secrets import SecretStore
from workflows.domain.errors import NodeError
from workflows.domain.secret import MIN_VALUE_CHARACTERS

CACHED_SECONDS = 60.0
"""How long a process goes by what it has read: SSM answers 40 times a second, for the whole account."""

MISSING_SECONDS = 5.0
"""How long it goes by there being none: who sets what is missing should not have to wait for it."""

_MAX_CACHED = 1_000
# Ages are by the clock: `time.monotonic()` stands still while Lambda freezes the process.
_cache: dict[tuple[str, str], tuple[float, str | None]] = {}


def read_secret(store: SecretStore, owner_id: str, name: str) -> str:
    """A secret of an owner's.

    Raises:
        NodeError: There is none of that name.
        Unavailable: It cannot be reached for now.
    """
    value = _read(store, owner_id, name)
    if value is None:
        raise NodeError("secret_missing", f"the workflow's owner has no secret {name}")
    return value


def _read(store: SecretStore, owner_id: str, name: str) -> str | None:
    key, at = (owner_id, name), time.time()
    if key in _cache:
        read_at, value = _cache[key]
        # Where the clock was set back, ages are negative.
        if 0 <= at - read_at < (MISSING_SECONDS if value is None else CACHED_SECONDS):
            return value
    value = store.get(owner_id, name)
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    _cache[key] = at, value
    return value


def parts_of_secret(value: str) -> Iterator[str]:
    """The texts that give a secret away: the whole, and what servers and logs make of it by themselves.

    These are its lines, without the white space around them, as of a key in PEM; and of a URL, as receivers
    of webhooks have them, its path and its query.
    """
    yield value
    parts = [line.strip() for line in value.splitlines()]
    try:
        url = urlsplit(value.strip())
    except ValueError:
        pass  # It is no URL then.
    else:
        parts += [url.path, url.query] if url.scheme in ("http", "https") else []
    yield from (part for part in parts if part != value and len(part) >= MIN_VALUE_CHARACTERS)
