"""Masks of secrets."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from workflows.runtime.masks import Masks, names_secret

SECRET = 'p&ss "word"/ü+1'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(json.dumps(SECRET).encode()[1:-1]).decode(),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        html.escape(json.dumps(SECRET)[1:-1]),
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    ],
)
def test_secret_is_masked_in_every_form(form: str) -> None:
    masks = Masks()
    masks.add(SECRET)
    assert masks.apply(f"before {form} after").replace("=", "") == "before *** after"


def test_longer_secret_that_begins_with_another_is_masked_whole() -> None:
    masks = Masks()
    masks.add("secret")
    masks.add("secret-and-more")
    assert masks.apply("a secret-and-more, a secret") == "a ***, a ***"


def test_what_is_too_short_to_be_a_secret_is_left() -> None:
    masks = Masks()
    masks.add("a")
    masks.add("")
    assert masks.apply("a banana") == "a banana"


def test_credentials_of_headers_are_masked_unasked() -> None:
    assert Masks().apply("sent Authorization: Bearer abcdefgh.ijk-l_m=") == "sent Authorization: Bearer ***"
    assert Masks().apply("authorization=basic onlyletters x") == "authorization=basic *** x"
    assert Masks().apply("BASIC dXNlcjpwYXNz") == "BASIC ***"
    assert Masks().apply("bearer token_of-letters") == "bearer ***"
    assert Masks().apply("bearer my-secret-token") == "bearer ***"
    assert Masks().apply("bearer abcdefghijklmnopqrst") == "bearer ***"


@pytest.mark.parametrize(
    "text",
    ["bearer of good news", "Basic authentication failed: bearer certificate expired", "basic Auth-token"],
)
def test_plain_words_are_no_credentials(text: str) -> None:
    assert Masks().apply(text) == text


def test_fields_are_masked_by_name_and_by_value() -> None:
    masks = Masks()
    masks.add("hidden")
    fields = {
        "api_key": "x",
        "a": ["hidden", {"b": "is hidden"}],
        "n": 1,
        "token": None,
        "tokens": 7,
        "hidden": 2,
    }
    assert masks.apply_to(fields) == {
        "api_key": "***",
        "a": ["***", {"b": "is ***"}],
        "n": 1,
        "token": None,
        "tokens": 7,
        "***": 2,
    }


def test_whole_values_are_masked_under_names_of_secrets() -> None:
    fields = {"password": 12345678, "cookie": ["sid=abc"], "secret": {"value": "zzz"}, "token": 123456}
    assert Masks().apply_to(fields) == dict.fromkeys(fields, "***")


def test_numbers_of_tokens_are_no_secrets() -> None:
    fields = {"tokens": 7, "max_tokens": 50, "inputTokens": 3, "token_count": 1.5}
    assert Masks().apply_to(fields) == fields


@pytest.mark.parametrize("secret", ["wJalr/K7MDENG+bPxRfi=EX", "ab?>~~secret?>", "pass", "pässwörd/+"])
def test_secret_is_masked_in_every_usual_form(secret: str) -> None:
    masks = Masks()
    masks.add(secret)
    data = secret.encode()
    coded = [base64.b64encode(before + data + b"!!!") for before in (b"", b"u", b"u:", b"us:", b"user:")]
    coded += [base64.urlsafe_b64encode(before + data) for before in (b"", b"u", b"us")]
    urls = [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    urls += [re.sub("%..", lambda code: code[0].lower(), url) for url in urls]
    for form in (*urls, *(text.decode() for text in coded), json.dumps(secret)):
        shown = masks.apply(f"x {form} y")
        assert "***" in shown, form
        assert len(shown.replace("***", "")) <= 14 + 2 * len('"') + 6, (form, shown)


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "Cookie", "access_token", "clientSecret"])
def test_names_of_secrets(name: str) -> None:
    assert names_secret(name)
    assert not names_secret("Content-Type")


def test_nothing_but_secrets_is_hidden_from_values() -> None:
    masks = Masks()
    value = {"token": "abc", "n": 12345678, "yes": True, "list": [None, 1.5, "Bearer abcdefgh"]}
    assert masks.hide(value) == value
    masks.add("12345678")
    assert masks.hide(value) == {**value, "n": "***"}
    assert masks.hide({"a 12345678": [912345678.5, "x12345678x"]}) == {"a ***": ["***", "x***x"]}


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 64, 10_000])
def test_stream_is_masked_however_it_is_cut(size: int) -> None:
    masks = Masks()
    masks.add("hunter22")
    masks.add("hunter22-longer")
    text = b"hunter22-longer " + b"a" * 100 + b"hunter22hunter2 \xff\x00hunter22"
    stream = masks.stream()
    pieces = [stream.feed(text[start : start + size]) for start in range(0, len(text), size)]
    assert b"".join([*pieces, stream.end()]) == b"*** " + b"a" * 100 + b"***hunter2 \xff\x00***"


def test_stream_without_secrets_passes_as_it_is() -> None:
    stream = Masks().stream()
    assert (stream.feed(b"abc"), stream.feed(b""), stream.end()) == (b"abc", b"", b"")
