"""Names of workflows as lists are sorted and searched by them: whatever the case, in order of code points."""

from __future__ import annotations

from unicodedata import normalize

MAX_PREFIX_CHARACTERS = 64
"""Short enough that no prefix is cut: a character becomes 12 bytes at most."""

_SEPARATOR = "\x1f"
"""Ends a name. It sorts before all that one can see, so that "Report" comes before "Report 2"."""
_NAME_BYTES = 900
_KEY_BYTES = 1_024
"""DynamoDB takes no longer sort key."""
_LAST_CHARACTER = "\U0010ffff"


def fold_name(name: str) -> str:
    """The same text for all names that differ by case alone, or by how their characters are composed.

    It is Unicode's canonical caseless matching (D145 of https://www.unicode.org/versions/latest/core-spec/chapter-3),
    composed again.
    """
    folded = normalize("NFC", normalize("NFD", name).casefold())
    return folded.replace(_SEPARATOR, " ")


def name_key(name: str, workflow_id: str) -> str:
    """Sort key of a workflow in lists by name; names beyond 900 bytes of UTF-8 sort by those."""
    kept = fold_name(name).encode()[:_NAME_BYTES].decode(errors="ignore")
    return f"{kept}{_SEPARATOR}{workflow_id}"


def keys_of_prefix(prefix: str) -> tuple[str, str]:
    """The first and last sort keys that names can have which begin with a prefix.

    Args:
        prefix: At most `MAX_PREFIX_CHARACTERS`.
    """
    first = fold_name(prefix)
    return first, first + _LAST_CHARACTER * ((_KEY_BYTES - len(first.encode())) // 4)
