"""Secrets that workflows use: what their names and values may be, and where they are kept."""

from __future__ import annotations

import re
from base64 import b32encode

MAX_SECRETS = 100
"""Of one owner."""

MIN_VALUE_CHARACTERS = 8
"""What is shorter cannot be masked: it would be found in everything."""

MAX_VALUE_BYTES = 4_096
"""Of a standard parameter: https://docs.aws.amazon.com/general/latest/gr/ssm.html."""

NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
"""Of names that JSONata reads without backticks."""

_NAME = re.compile(NAME_PATTERN)


def is_secret_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def owner_path(prefix: str, owner_id: str) -> str:
    """Where the secrets of an owner are. Ids hold characters that the names of parameters must not."""
    return f"{prefix}/{b32encode(owner_id.encode()).decode().rstrip('=').lower()}"
