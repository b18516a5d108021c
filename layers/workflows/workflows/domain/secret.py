"""Secrets that workflows use: what their names and values may be, and where they are kept."""

from __future__ import annotations

import re
from base64 import b32encode

MAX_SECRETS = 100
"""Of one owner."""

MIN_VALUE_CHARACTERS = 8
"""Beside white space at its ends. What is shorter cannot be masked: it would be found in everything."""

MAX_VALUE_BYTES = 4_096
"""Of a standard parameter: https://docs.aws.amazon.com/general/latest/gr/ssm.html."""

NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_]{0,63}"
"""Of names that JSONata reads without backticks."""

_NAME = re.compile(NAME_PATTERN)

VALUE_PATTERN = rf"\S[\s\S]{{{MIN_VALUE_CHARACTERS - 2},}}\S"
"""For callers' documents: what of a value's rules a pattern can say."""

# Parameter Store takes them for references to other parameters, which it does not allow:
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html, Value.
_REFERENCE = re.compile(r"\{\{.*\}\}", re.DOTALL)


def is_secret_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def value_fault(value: str) -> str | None:
    """Why a text cannot be a secret's value, without quoting it; None if it can."""
    if len(value.strip()) < MIN_VALUE_CHARACTERS:
        return (
            f"must have {MIN_VALUE_CHARACTERS} characters at least, beside white space at its ends:"
            " what is shorter could not be masked"
        )
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "must be text that UTF-8 can write: it holds half of a surrogate pair"
    if size > MAX_VALUE_BYTES:
        return f"must have {MAX_VALUE_BYTES} bytes at most: it has {size}"
    if _REFERENCE.search(value):
        return "must not hold {{...}}: AWS would take it for a reference to another parameter"
    return None


def owner_path(prefix: str, owner_id: str) -> str:
    """Where the secrets of an owner are. Ids hold characters that the names of parameters must not."""
    return f"{prefix}/{b32encode(owner_id.encode()).decode().rstrip('=').lower()}"
