"""Calls of the API over HTTPS."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from wfx.errors import Refused, Unavailable, UsageFault, WfxError
from wfx.profiles import Profile

_TIMEOUT = httpx.Timeout(35, connect=10)
"""API Gateway answers within 29 s."""
_MAX_WAIT_SECONDS = 65
"""Windows of rates are a minute. Where there is longer to wait, as for a quota, somebody must know."""
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)
_BROKEN_OFF = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
"""Among others, a kept connection that the server closes at the moment when it is used again."""
_PAUSES_SECONDS = (0.5, 2, 8, 20)
"""Before each further try, where the API does not say how long. A laptop that wakes up needs some."""
_GATEWAY_TROUBLE = frozenset({502, 503, 504})
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no error.

    Attributes:
        text: The body, as it came.
        document: The body's JSON; empty without one.
    """

    status: int
    headers: httpx.Headers
    text: str
    document: dict[str, Any]


_KINDS: dict[str, type] = {
    **dict.fromkeys(("execution_id", "workflow_id", "node_id", "path", "name", "status", "level"), str),
    **dict.fromkeys(("inputs_url", "result_url"), str),
    **dict.fromkeys(("total", "tries"), int),
    **dict.fromkeys(("nodes", "approval", "error", "fields"), dict),
    **dict.fromkeys(("executions", "workflows", "secrets", "tokens", "errors"), list),
    **dict.fromkeys(("logs", "latest_logs", "waiting", "labels", "approvers"), list),
}
"""What members of answers are, wherever they are read; others are shown, whatever they are."""
_LISTS_OF_TEXTS = ("labels", "approvers")


class _Object(dict[str, Any]):
    """A JSON object of an answer: one whose members are not what they must be is no answer of this API.

    They are looked at when they are read, as people's data in it may have members of the same names.
    """

    def __missing__(self, name: str) -> Any:
        raise Unavailable(f"the answer has no {name}: is the URL right?")

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if not _is_of_kind(name, value):
            raise Unavailable(f"the answer's {name} is not one of this API: is the URL right?")
        return value

    def get(self, name: str, default: Any = None) -> Any:
        # An optional member may be null, too.
        return default if super().get(name) is None else self[name]


def _is_of_kind(name: str, value: object) -> bool:
    if not isinstance(value, _KINDS.get(name, object)):
        return False
    items: Iterable[object] = ()
    if isinstance(value, list) and name in _KINDS:
        items = value
    elif isinstance(value, dict) and name == "nodes":
        items = value.values()
    return all(isinstance(each, str if name in _LISTS_OF_TEXTS else dict) for each in items)


def segment(name: str, what: str) -> str:
    """A name as a segment of a path.

    Raises:
        UsageFault: It would lead to another endpoint.
    """
    if name in ("", ".", ".."):
        raise UsageFault(f"this is no {what}: {name!r}")
    try:
        return quote(name, safe="")
    except UnicodeError as error:
        raise UsageFault(f"this is no {what}: {name!r}") from error


class Api:
    """The API, called as a user.

    Args:
        note: Takes a line that tells why it takes longer.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        profile: Profile,
        note: Callable[[str], None],
        *,
        timeout: httpx.Timeout = _TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = profile.url
        self._note = note
        self._sleep = sleep
        self._client = _client(timeout)
        self._has_answered = False
        self._headers = {"Authorization": f"Bearer {profile.token}", "User-Agent": "wfx"}

    def get(self, path: str, params: Mapping[str, Any] | None = None, **options: Any) -> Answer:
        return self.call("GET", path, params=params, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body=body, **options)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool | None = None,
    ) -> Answer:
        """Send a request, again where that may help, and follow no redirect.

        Args:
            path: Below the API's URL.
            params: Of the query; those that are None are left out.
            body: Sent as JSON; bytes as they are.
            is_repeatable: Whether it does the same however often it comes; by default all but a POST does.

        Raises:
            Refused: A 4xx.
            Unavailable: A 5xx, no answer, or one that is not JSON.
        """
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        with _reaching(self.url):
            request = self._client.build_request(
                method,
                self.url + path,
                params={name: value for name, value in (params or {}).items() if value is not None},
                content=content,
                headers={
                    **self._headers,
                    **({} if content is None else {"Content-Type": "application/json"}),
                    **(headers or {}),
                },
            )
        if is_repeatable is None:
            is_repeatable = method in _REPEATABLE
        for usual_pause in (*_PAUSES_SECONDS, None):
            with _reaching(self.url):
                try:
                    response = self._client.send(request)
                except httpx.TransportError as error:
                    # A server that has never been reached is more likely not there at all.
                    may_pass = self._has_answered or isinstance(error, _BROKEN_OFF)
                    if usual_pause is None or not is_repeatable or not may_pass:
                        raise
                    self._sleep(usual_pause)
                    continue
            self._has_answered = True
            pause = None if usual_pause is None else _pause_seconds(response, is_repeatable, usual_pause)
            if pause is None:
                break
            self._note(f"{response.status_code} {response.reason_phrase}: trying again in {pause} s")
            self._sleep(pause)
        return _answer(response)

    @contextmanager
    def download(self, url: str) -> Iterator[Iterator[bytes]]:
        """The content behind a link that the API gave, by a request that does not say who asks.

        Raises:
            Unavailable: It is not there, or breaks off.
        """
        with _reaching(url), self._client.stream("GET", url) as response:
            if not response.is_success:
                raise Unavailable(f"the link answers {response.status_code} {response.reason_phrase}")
            yield response.iter_bytes()


def _client(timeout: httpx.Timeout) -> httpx.Client:
    try:
        # Plain HTTP is for this machine alone: of that a proxy must neither see the token nor be in the way.
        return httpx.Client(timeout=timeout, mounts={"http://": None})
    except (ValueError, OSError, httpx.InvalidURL) as error:
        # By proxies and certificates that the environment names.
        raise UsageFault(f"the environment's settings for HTTP are not good: {error}") from error


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unavailable(f"{_host(url)} did not answer in time") from error
    except httpx.RequestError as error:
        raise Unavailable(f"{_host(url)} cannot be reached: {error}") from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageFault(f"no request can say this: {error}") from error


def _host(url: str) -> str:
    return httpx.URL(url).netloc.decode()


def _pause_seconds(response: httpx.Response, is_repeatable: bool, usual: float) -> float | None:
    """How long to wait before the same request again; None where that would be of no use, or no good."""
    seconds = response.headers.get("Retry-After")
    # A 429 is given before any work is done. Other trouble may come after some of it.
    if response.status_code != 429:
        if not (response.status_code in _GATEWAY_TROUBLE and is_repeatable):
            return None
        if seconds is None:
            return usual
    if not _SECONDS.fullmatch(seconds or "") or int(seconds) > _MAX_WAIT_SECONDS:
        return None
    return int(seconds)


def _answer(response: httpx.Response) -> Answer:
    try:
        document = json.loads(response.content or b"{}", object_hook=_Object)
    except (ValueError, RecursionError):
        document = None
    if response.is_error:
        raise _error(response, dict(document) if isinstance(document, dict) else {})
    if not isinstance(document, dict):
        raise Unavailable(f"{response.url.host} does not answer as the API does: is the URL right?")
    return Answer(response.status_code, response.headers, response.text, document)


def _error(response: httpx.Response, problem: dict[str, Any]) -> WfxError:
    status = response.status_code
    message = f"{status} {problem.get('title') or response.reason_phrase}"
    if problem.get("detail"):
        message += f": {problem['detail']}"
    if status == 401:
        message += " (wfx login)"
    if response.headers.get("Retry-After"):
        message += f" (try again in {response.headers['Retry-After']} s)"
    found = problem.get("errors")
    problems = [
        (str(each.get("pointer", "")), str(each.get("detail", "")))
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    ]
    if status >= 500 or status == 429:
        return Unavailable(message, problems)
    return Refused(message, status, problems)
