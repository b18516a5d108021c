"""When an issuer is asked for its keys, and what is taken from it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
import trustme

from tests.issuer import DISCOVERY_PATH, KEYS_PATH, Issuer, ec_key, jwk, rsa_key
from tests.loopback import Answer, MakeServer, drip, drop, redirect, reply, reply_json
from workflows.adapters import signing_keys
from workflows.adapters.signing_keys import (
    FIRST_PAUSE_SECONDS,
    FRESH_SECONDS,
    PAUSE_SECONDS,
    USABLE_SECONDS,
    SigningKeys,
)
from workflows.domain.errors import Unavailable

FETCH = [DISCOVERY_PATH, KEYS_PATH]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        yield clock


@pytest.fixture
def keys(issuer: Issuer) -> SigningKeys:
    return SigningKeys(issuer.url)


def rotate(issuer: Issuer) -> None:
    issuer.keys = [jwk(rsa_key("next"), "next")]


def test_keys_are_fetched_once_an_hour(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    for _ in range(3):
        assert keys.find("main") is not None
    clock.shift(FRESH_SECONDS - 1)
    assert keys.find("main") is not None
    assert issuer.paths == FETCH

    clock.shift(1)
    assert keys.find("main") is not None
    assert issuer.paths == FETCH * 2


def test_unknown_kid_asks_again_once_a_minute(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    keys.find("main")
    for number in range(20):
        assert keys.find(f"made-up-{number}") is None
    assert issuer.paths == FETCH * 2

    clock.shift(PAUSE_SECONDS - 1)
    assert keys.find("made-up") is None
    assert issuer.paths == FETCH * 2
    clock.shift(1)
    assert keys.find("made-up") is None
    assert keys.find("made-up") is None
    assert issuer.paths == FETCH * 3


def test_unknown_kid_asks_nothing_when_the_keys_have_just_been_fetched(
    keys: SigningKeys, issuer: Issuer
) -> None:
    assert keys.find("made-up") is None
    assert issuer.paths == FETCH


def test_new_key_is_found_at_once_and_the_old_one_is_gone(keys: SigningKeys, issuer: Issuer) -> None:
    assert keys.find("main") is not None
    rotate(issuer)

    assert keys.find("main") is not None
    assert keys.find("next") is not None
    assert keys.find("main") is None


def test_withdrawn_key_is_good_for_an_hour_at_most(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    keys.find("main")
    rotate(issuer)
    clock.shift(FRESH_SECONDS - 1)
    assert keys.find("main") is not None
    clock.shift(1)
    assert keys.find("main") is None


def test_clock_that_is_set_back_makes_keys_old_not_eternal(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    keys.find("main")
    rotate(issuer)
    clock.shift(-10 * USABLE_SECONDS)
    assert keys.find("main") is None


def test_first_keys_come_when_the_issuer_is_back(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    issuer.go_down()
    for _ in range(3):
        with pytest.raises(Unavailable):
            keys.find("main")
    assert issuer.paths == [DISCOVERY_PATH]

    issuer.come_back()
    clock.shift(FIRST_PAUSE_SECONDS)
    assert keys.find("main") is not None


def test_keys_stay_for_a_day_while_the_issuer_is_down(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    keys.find("main")
    issuer.go_down()
    clock.shift(FRESH_SECONDS)
    for _ in range(3):
        assert keys.find("main") is not None
    assert issuer.paths == [*FETCH, DISCOVERY_PATH]

    clock.shift(USABLE_SECONDS - FRESH_SECONDS - 1)
    assert keys.find("main") is not None
    clock.shift(1)
    with pytest.raises(Unavailable):
        keys.find("main")
    issuer.come_back()
    clock.shift(FIRST_PAUSE_SECONDS)
    assert keys.find("main") is not None


def test_failed_search_for_an_unknown_kid_leaves_the_keys(keys: SigningKeys, issuer: Issuer) -> None:
    keys.find("main")
    issuer.go_down()

    assert keys.find("made-up") is None
    assert keys.find("main") is not None


def test_keys_stay_when_the_issuer_suddenly_publishes_none(
    keys: SigningKeys, issuer: Issuer, clock: time_machine.Traveller
) -> None:
    keys.find("main")
    issuer.keys = []
    clock.shift(FRESH_SECONDS)
    assert keys.find("main") is not None


@pytest.mark.parametrize(
    "answer",
    [
        reply(204),
        reply(404),
        reply(200, b"<html>"),
        reply(200, b"\xff"),
        reply(200, b"[" * 100_000),
        reply(200, b'"text"'),
        reply(200, b"null"),
        drop,
    ],
    ids=["204", "404", "html", "bytes", "deep", "text", "null", "dropped"],
)
@pytest.mark.parametrize("path", FETCH)
def test_document_that_is_not_there_or_not_json_is_a_failure(
    keys: SigningKeys, issuer: Issuer, path: str, answer: Answer
) -> None:
    issuer.answers[path] = answer
    with pytest.raises(Unavailable):
        keys.find("main")


@pytest.mark.parametrize("path", FETCH)
def test_redirect_is_not_followed(keys: SigningKeys, issuer: Issuer, path: str) -> None:
    issuer.answers["/elsewhere"] = reply_json(200, {"keys": issuer.keys})
    issuer.answers[path] = redirect("/elsewhere")
    with pytest.raises(Unavailable):
        keys.find("main")
    assert "/elsewhere" not in issuer.paths


@pytest.mark.parametrize(("document_bytes", "is_taken"), [(1_000_000, True), (1_000_001, False)])
def test_document_has_a_megabyte_at_most(
    keys: SigningKeys, issuer: Issuer, document_bytes: int, is_taken: bool
) -> None:
    document = json.dumps({"keys": issuer.keys}).encode()
    issuer.answers[KEYS_PATH] = reply(200, document.ljust(document_bytes))
    if is_taken:
        assert keys.find("main") is not None
    else:
        with pytest.raises(Unavailable):
            keys.find("main")


def test_answer_that_drips_ends_in_time(
    keys: SigningKeys, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "_TIMEOUT_SECONDS", 0.3)
    issuer.answers[KEYS_PATH] = drip(b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(Unavailable):
        keys.find("main")


@pytest.mark.parametrize("other", ["{}/", "{}/realm", "https://accounts.example.com", "", None, ["{}"]])
def test_discovery_of_another_issuer_is_refused(keys: SigningKeys, issuer: Issuer, other: Any) -> None:
    issuer.discovery["issuer"] = other.format(issuer.url) if isinstance(other, str) else other
    with pytest.raises(Unavailable):
        keys.find("main")
    assert issuer.paths == [DISCOVERY_PATH]


@pytest.mark.parametrize("suffix", ["/", "/realms/main", "/realms/main/"])
def test_issuer_may_have_a_path_and_a_slash_at_its_end(issuer: Issuer, suffix: str) -> None:
    name = issuer.url + suffix
    path = suffix.rstrip("/") + DISCOVERY_PATH
    issuer.answers[path] = reply_json(200, {"issuer": name, "jwks_uri": issuer.url + KEYS_PATH})

    assert SigningKeys(name).find("main") is not None
    assert issuer.paths == [path, KEYS_PATH]


@pytest.mark.parametrize(
    "jwks_uri",
    [
        None,
        7,
        "",
        "/keys",
        "keys",
        "file:///etc/passwd",
        "ftp://127.0.0.1/keys",
        "http://accounts.example.com/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@accounts.example.com/keys",
        "https://accounts.example.com:99999/keys",
        "http://[::1/keys",
    ],
)
def test_keys_come_from_no_url_that_is_unsafe(keys: SigningKeys, issuer: Issuer, jwks_uri: Any) -> None:
    issuer.discovery["jwks_uri"] = jwks_uri
    with pytest.raises(Unavailable):
        keys.find("main")
    assert issuer.paths == [DISCOVERY_PATH]


def test_keys_come_from_no_other_private_address(
    keys: SigningKeys, issuer: Issuer, make_server: MakeServer
) -> None:
    inside = make_server(reply_json(200, {"keys": issuer.keys}))
    issuer.discovery["jwks_uri"] = inside.url()
    with pytest.raises(Unavailable):
        keys.find("main")
    assert inside.seen == []


def test_plain_http_is_refused_beyond_loopback(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unavailable):
        SigningKeys("http://accounts.example.com").find("main")
    assert "not https" in caplog.text


def test_keys_are_fetched_by_no_plain_http(
    keys: SigningKeys, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.discovery["jwks_uri"] = "http://accounts.example.com/keys"
    with pytest.raises(Unavailable):
        keys.find("main")
    assert "not https" in caplog.text


@pytest.mark.parametrize("status", [201, 203, 404, 500])
def test_good_keys_with_another_status_than_200_are_refused(
    keys: SigningKeys, issuer: Issuer, status: int
) -> None:
    issuer.answers[KEYS_PATH] = reply_json(status, {"keys": issuer.keys})
    with pytest.raises(Unavailable):
        keys.find("main")


def test_certificate_that_nobody_vouches_for_is_refused(make_server: MakeServer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = make_server(reply_json(200, {}), tls_context=context)
    with pytest.raises(Unavailable):
        SigningKeys(server.url("")).find("main")
    assert server.seen == []


def test_failure_is_logged_with_its_reason(
    keys: SigningKeys, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.answers[KEYS_PATH] = reply(404)
    with pytest.raises(Unavailable):
        keys.find("main")
    assert "the issuer answered 404" in caplog.text


def test_kinds_of_keys_may_be_mixed(keys: SigningKeys, issuer: Issuer) -> None:
    issuer.keys = [None, {"kty": "oct", "k": "AAAA", "kid": "oct"}, jwk(ec_key("a"), "ec"), *issuer.keys]

    assert keys.find("ec") is not None
    assert keys.find("main") is not None
    assert keys.find("oct") is None
