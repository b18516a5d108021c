"""Which pages of other origins may read our answers (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

import os

EXPOSED_HEADERS = "ETag, Location, RateLimit, RateLimit-Policy, Retry-After"
"""What pages may read of an answer's headers, beside those that they always may."""


def cors_headers() -> dict[str, str]:
    """What every answer says to browsers: nothing, unless the deployment names an origin.

    It names one or all, whoever asks. So caches need no `Vary` (the standard's section on CORS and caches).
    """
    origin = os.environ.get("CORS_ALLOW_ORIGIN")
    if not origin:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}
