"""Webhooks: which URLs they may go to, how their keys are derived, and how they are signed.

The signature is the symmetric one of https://www.standardwebhooks.com (specification 1.0.0), for which there
are libraries in most languages.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import urlsplit

MAX_URL_CHARACTERS = 2_048

# RFC 3986, section 2, without the fragment's `#`; what is not ASCII is percent-encoded, or `xn--` in a host.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*")
_PORT = re.compile(r":[0-9]{1,5}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,252}")


def url_fault(url: str) -> str | None:
    """What is wrong with a webhook's URL, as the end of a sentence that begins with "it"; None: nothing.

    Whether its host may be connected to is for the address guard to say, at each delivery.
    """
    if len(url) > MAX_URL_CHARACTERS:
        return f"is longer than {MAX_URL_CHARACTERS} characters"
    if "#" in url:
        return "has a fragment, which is never sent"
    if not _URL_CHARACTERS.fullmatch(url):
        return "holds characters that must be percent-encoded"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "cannot be read"
    if parts.scheme not in ("http", "https"):
        return "does not begin with https:// or http://"
    if "@" in parts.netloc:
        return "holds credentials: webhooks are authenticated by their signature"
    if not _is_host(parts.netloc, parts.hostname or "") or port == 0:
        return "has no host, or one that cannot be read"
    return None


def signing_key(master_secret: bytes, user_id: str) -> bytes:
    """The key of a user's webhooks: 32 bytes that tell nothing of the secret, nor of anybody else's key."""
    return hmac.digest(master_secret, f"webhook#{user_id}".encode(), sha256)


def shown_key(key: bytes) -> str:
    """A key in the form in which its user gets it, and which libraries take."""
    return f"whsec_{b64encode(key).decode()}"


def webhook_id(execution_id: str, attempt: int, status: str) -> str:
    """The same for each try to deliver an event, by which receivers know it again."""
    return f"{execution_id}-{attempt}-{status}"


def sign(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header.

    Args:
        webhook_id: The `webhook-id` header; without a full stop, which separates what is signed.
        timestamp: The `webhook-timestamp` header: when it is sent, in Unix seconds.
        body: As it is sent, to the byte.
    """
    signature = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, sha256)
    return f"v1,{b64encode(signature).decode()}"


def _is_host(authority: str, host: str) -> bool:
    if authority.startswith("["):  # An IPv6 address, which urlsplit has checked.
        after = authority.partition("]")[2]
        return not after or _PORT.fullmatch(after) is not None
    try:
        host.encode("idna")  # Labels of 1 to 63 characters.
    except UnicodeError:
        return False
    return _HOST_NAME.fullmatch(host) is not None
