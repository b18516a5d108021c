"""A client of the API, for the demo and the end to end tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import urllib3

_TIMEOUT_SECONDS = 35


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response.

    Attributes:
        headers: Their names compare without regard to case.
    """

    status: int
    headers: urllib3.HTTPHeaderDict
    text: str

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Api:
    """The API of a stack.

    Attributes:
        base_url: With its stage.
        headers: What every call sends.
    """

    base_url: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request, follow no redirect, and read the whole answer.

        Args:
            method: HTTP method.
            path: Path below the base URL, with its query, or a whole URL.
            token: Bearer token; none for an anonymous call.
            json: Body, sent as JSON.
            headers: Headers beside those of every call.
        """
        url = path if path.startswith("http") else f"{self.base_url}{path}"
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        response = urllib3.request(
            method,
            url,
            json=json,
            headers={**self.headers, **authorization, **(headers or {})},
            redirect=False,
            retries=False,
            timeout=_TIMEOUT_SECONDS,
        )
        return Answer(response.status, response.headers, response.data.decode())
