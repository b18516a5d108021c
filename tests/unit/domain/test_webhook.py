"""Webhooks: signatures against the specification's example, and which URLs they may go to."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.adapters.outbound_target import parse_target
from workflows.domain.webhook import (
    MAX_URL_CHARACTERS,
    shown_key,
    sign,
    signing_key,
    url_fault,
    webhook_id,
)


def test_signature_is_that_of_the_reference_implementations() -> None:
    """The example that the libraries of standard-webhooks/standard-webhooks test themselves against."""
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert shown_key(key) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_key_is_of_the_length_that_the_specification_wants_and_each_user_has_another() -> None:
    keys = {signing_key(b"master", user_id) for user_id in ("ada", "grace", "ada#", "")}

    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert signing_key(b"master", "ada") in keys
    assert signing_key(b"another", "ada") not in keys


def test_webhook_id_holds_no_full_stop_which_separates_what_is_signed() -> None:
    identity = webhook_id("01890a5d-ac96-774b-bcce-b302099a8058", 2, "failed")

    assert identity == "01890a5d-ac96-774b-bcce-b302099a8058-2-failed"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hooks/a%20b?token=x&y=[1]",
        "http://127.0.0.1:8080/",
        "http://[2001:db8::1]:443/x",
        "HTTPS://EXAMPLE.COM:443/~ada",
        "https://xn--bcher-kva.example/",
        "https://example.com/@ada:1",
        "https://example.com/" + "a" * (MAX_URL_CHARACTERS - 20),
    ],
)
def test_url_is_good(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/" + "a" * (MAX_URL_CHARACTERS - 19), "longer than 2048 characters"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://ada:secret@example.com/", "credentials"),
        ("https://@example.com/", "credentials"),
        ("ftp://example.com/", "https://"),
        ("javascript:alert(1)", "https://"),
        ("//example.com/", "https://"),
        ("/hooks", "https://"),
        ("", "https://"),
        ("https://", "host"),
        ("https:///hooks", "host"),
        ("https:example.com", "host"),
        ("https://:443/", "host"),
        ("https://a..b/", "host"),
        ("https://example.com:0/", "host"),
        ("https://example.com:65536/", "cannot be read"),
        ("https://example.com:port/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://[::1]x/", "host"),
        ("https://example.com/a b", "percent-encoded"),
        ("https://example.com/\n", "percent-encoded"),
        ("https://bücher.example/", "percent-encoded"),
        ("https://example.com\\@evil.example/", "percent-encoded"),
    ],
)
def test_url_is_refused(url: str, fault: str) -> None:
    assert fault in (url_fault(url) or "")


_AUTHORITIES = st.from_regex(r"[a-z0-9@:.\[\]_%-]{0,20}", fullmatch=True)
_RESTS = st.text(alphabet="/?#&=%:@[]ab1 \\", max_size=10)


@given(st.sampled_from(["http://", "https://", "https:", ""]), _AUTHORITIES, _RESTS)
def test_url_that_is_accepted_can_be_sent_to(scheme: str, authority: str, rest: str) -> None:
    url = scheme + authority + rest
    if url_fault(url) is None:
        assert parse_target(url).url
