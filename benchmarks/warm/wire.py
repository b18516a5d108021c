"""Botocore's connection, replaced: what moto answered once is answered again, without moto and a network.

It takes the place of what sends a signed request: writing and signing it and parsing the answer are done.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from benchmarks.canned import FUNCTION_ANSWER, MODEL_ANSWER
from workflows.adapters import clients

Key = tuple[str, bytes]
"""An operation, and the table that it is about."""

_TABLE = re.compile(rb'"TableName": ?"(\w+)"|"RequestItems": ?\{"(\w+)"')

_CANNED = {
    "before-send.bedrock-runtime.Converse": MODEL_ANSWER,
    "before-send.lambda.Invoke": FUNCTION_ANSWER,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Any
    body: bytes

    def to(self, request: AWSPreparedRequest) -> AWSResponse:
        return AWSResponse(request.url, self.status, self.headers, MockRawResponse(self.body))


Recording = dict[Key, list[Reply]]
"""Answers in order, by what was asked."""


@dataclass
class Wire:
    """Of all clients that the product makes from now on; first moto answers.

    Attributes:
        calls: How many came since the last recording or replay began.
    """

    calls: int = 0
    _left: dict[Key, deque[Reply]] | None = None
    _noted: Recording = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        # Botocore's handlers may answer, which its types do not say.
        session: Any = clients._session()
        session.unregister("before-send", botocore_stubber)
        session.register("before-send", self._answer)

    def record(self) -> Recording:
        """Note from now on what moto answers, in what is returned."""
        self._noted = defaultdict(list)
        self._left = None
        self.calls = 0
        return self._noted

    def replay(self, recording: Recording) -> None:
        """Answer from now on by a recording, from its beginning."""
        self.calls = 0
        self._left = {key: deque(answers) for key, answers in recording.items()}

    def _answer(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.calls += 1
        key = (event_name, _table(request) if event_name.startswith("before-send.dynamodb") else b"")
        if self._left is not None:
            return self._left[key].popleft().to(request)
        if event_name in _CANNED:
            answer = Reply(200, {"content-type": "application/json"}, _CANNED[event_name])
        else:
            given = botocore_stubber(event_name, request)
            assert given is not None
            answer = Reply(given.status_code, given.headers, given.content)
        self._noted[key].append(answer)
        return answer.to(request)


def _table(request: AWSPreparedRequest) -> bytes:
    body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    found = _TABLE.search(body)
    return b"" if found is None else found[1] or found[2]
