"""Calls, over real sockets: what is sent, what is tried again, and what errors say."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx
import pytest

from tests.loopback import Answer, MakeServer, drop, raw, reply, reply_json, say_nothing
from tests.wfx.answers import problem
from wfx.api import Api, segment
from wfx.errors import ExitCode, Refused, Unavailable, UsageFault
from wfx.profiles import Profile


@dataclass
class Caller:
    """Calls the server that gives `answers`; keeps what it was told, and for how long it was to wait."""

    make_server: MakeServer
    notes: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def __call__(self, *answers: Answer, timeout: float = 10) -> Api:
        self.server = self.make_server(*answers)
        profile = Profile("default", self.server.url("/v1"), "t0ken")
        return Api(profile, self.notes.append, timeout=httpx.Timeout(timeout), sleep=self.pauses.append)


@pytest.fixture
def caller(make_server: MakeServer) -> Caller:
    return Caller(make_server)


def test_call_sends_token_and_json_and_only_what_is_given(caller: Caller) -> None:
    answer = caller(reply_json(200, {"a": 1})).post(
        "/workflows", {"x": "ü"}, params={"q": "a&b", "none": None}
    )
    assert (answer.status, answer.document, answer.text) == (200, {"a": 1}, '{"a": 1}')
    (seen,) = caller.server.seen
    assert (seen.method, seen.path) == ("POST", "/v1/workflows?q=a%26b")
    assert seen.headers["Authorization"] == "Bearer t0ken"
    assert (seen.headers["Content-Type"], seen.body) == ("application/json", b'{"x": "\\u00fc"}')


def test_no_redirect_is_followed(caller: Caller) -> None:
    answer = caller(reply(302, b"{}", {"Location": "http://127.0.0.1:9/elsewhere"})).get("/x")
    assert (answer.status, len(caller.server.seen)) == (302, 1)


def test_rate_limit_is_waited_for_whatever_the_method(caller: Caller) -> None:
    limited = problem(429, "too many", {"Retry-After": "7"})
    assert caller(limited, limited, reply_json(201, {})).post("/workflows", {}).status == 201
    assert caller.pauses == [7, 7]
    assert caller.notes[0] == "429 Too Many Requests: trying again in 7 s"


def test_unavailable_service_is_asked_again_only_where_that_does_the_same(caller: Caller) -> None:
    busy = problem(503, "busy", {"Retry-After": "2"})
    assert caller(busy, reply_json(200, {})).get("/x").status == 200
    assert caller(busy, reply_json(200, {})).post("/x", is_repeatable=True).status == 200
    with pytest.raises(Unavailable, match="busy"):
        caller(busy, reply_json(200, {})).post("/x")
    assert (caller.pauses, len(caller.server.seen)) == ([2, 2], 1)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_trouble_before_the_api_passes_with_some_patience(caller: Caller, status: int) -> None:
    trouble = reply(status, b"<html>")
    assert caller(trouble, trouble, reply_json(200, {})).get("/x").status == 200
    assert caller.pauses == [0.5, 2]
    with pytest.raises(Unavailable):
        caller(trouble, reply_json(200, {})).post("/x")
    assert len(caller.server.seen) == 1


def test_network_that_goes_amid_a_watch_may_come_back(caller: Caller) -> None:
    api = caller(reply_json(200, {}), say_nothing, drop, reply_json(200, {"a": 1}), timeout=0.2)
    api.get("/x")
    assert api.get("/x").document == {"a": 1}
    assert caller.pauses == [0.5, 2]


@pytest.mark.parametrize("retry_after", ["3600", "9" * 5_000, "Wed, 21 Oct 2026 07:28:00 GMT", "-1", ""])
def test_nobody_is_kept_waiting_for_an_hour_or_for_what_is_no_number(
    caller: Caller, retry_after: str
) -> None:
    with pytest.raises(Unavailable) as caught:
        caller(problem(429, "quota", {"Retry-After": retry_after})).get("/x")
    assert (len(caller.server.seen), caught.value.exit_code) == (1, ExitCode.UNAVAILABLE)


def test_tries_are_bounded(caller: Caller) -> None:
    with pytest.raises(Unavailable, match=r"429 No: too many \(try again in 1 s\)"):
        caller(problem(429, "too many", {"Retry-After": "1"})).get("/x")
    assert len(caller.server.seen) == 5


def test_problem_document_becomes_a_line_and_one_for_each_place(caller: Caller) -> None:
    errors = [{"pointer": "/nodes/0", "detail": "no such type"}, "broken", {"detail": "unreachable"}]
    with pytest.raises(Refused) as caught:
        caller(problem(422, "the definition is not valid", title="Unprocessable", errors=errors)).get("/x")
    assert str(caught.value) == "422 Unprocessable: the definition is not valid"
    assert caught.value.problems == (("/nodes/0", "no such type"), ("", "unreachable"))
    assert (caught.value.status, caught.value.exit_code) == (422, ExitCode.REFUSED)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'"text"', b'{"errors": 5, "detail": null}'])
def test_error_without_a_problem_document_is_told_all_the_same(caller: Caller, body: bytes) -> None:
    with pytest.raises(Refused, match="403 Forbidden"):
        caller(reply(403, body)).get("/x")


def test_unknown_token_points_to_login(caller: Caller) -> None:
    with pytest.raises(Refused, match=r"401 No: bad token \(wfx login\)"):
        caller(problem(401, "bad token")).get("/x")


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"[" * 100_000, b"[]", b"null"])
def test_answer_that_is_not_json_asks_whether_the_url_is_right(caller: Caller, body: bytes) -> None:
    with pytest.raises(Unavailable, match="is the URL right"):
        caller(reply(200, body)).get("/x")


@pytest.mark.parametrize("answer", [drop, raw(b"HTTP/1.1 2"), raw(b"nonsense\r\n\r\n")])
def test_broken_connection_is_told_in_a_line(caller: Caller, answer: Answer) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:\d+ cannot be reached"):
        caller(answer).get("/x")
    assert len(caller.server.seen) == 5


def test_request_that_broke_off_is_sent_again_only_where_that_does_the_same(caller: Caller) -> None:
    assert caller(drop, reply_json(200, {})).get("/x").status == 200
    assert len(caller.server.seen) == 2
    with pytest.raises(Unavailable):
        caller(drop, reply_json(201, {})).post("/workflows", {})
    assert len(caller.server.seen) == 1


def test_silent_server_is_given_up(caller: Caller) -> None:
    with pytest.raises(Unavailable, match="did not answer in time"):
        caller(say_nothing, timeout=0.2).get("/x")


def test_server_that_is_not_there_is_told_in_a_line() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        Api(Profile("default", "http://127.0.0.1:1", "t0ken"), print).get("/x")


def test_download_does_not_say_who_asks(caller: Caller) -> None:
    api = caller(reply(200, b"lines"))
    with api.download(caller.server.url("/file?signature=1")) as pieces:
        assert b"".join(pieces) == b"lines"
    (seen,) = caller.server.seen
    assert seen.headers["Authorization"] is None


def test_download_that_is_gone_is_told(caller: Caller) -> None:
    api = caller(reply(404, b"<Error/>"))
    with pytest.raises(Unavailable, match="404 Not Found"), api.download(caller.server.url("/file")):
        pass


@pytest.mark.parametrize("name", ["", ".", "..", "\udcff"])
def test_name_that_would_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UsageFault, match="no execution"):
        segment(name, "execution")


def test_name_stays_within_its_segment() -> None:
    assert segment("../x?y#z", "node") == "..%2Fx%3Fy%23z"


def test_text_that_no_request_can_hold_is_a_fault_of_usage(caller: Caller) -> None:
    with pytest.raises(UsageFault):
        caller(reply_json(200, {})).get("/x", {"q": "\udcff"})


def test_proxy_that_is_none_is_a_fault_of_usage(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "nonsense://x")
    with pytest.raises(UsageFault, match="environment"):
        caller(reply_json(200, {}))


def test_proxy_is_not_asked_for_this_machine(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert caller(reply_json(200, {"a": 1})).get("/x").document == {"a": 1}
