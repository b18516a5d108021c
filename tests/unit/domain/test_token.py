"""Tokens as texts, and user ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.token import TokenText, hide_tokens, is_token_id
from workflows.domain.user import is_user_id

_user_ids = st.from_regex(r"[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?", fullmatch=True)


@given(_user_ids)
def test_text_says_whose_it_is_and_nothing_else_reads_as_it(user_id: str) -> None:
    token = TokenText.new(user_id)
    assert is_user_id(user_id)
    assert is_token_id(token.token_id)
    assert TokenText.parse(str(token)) == token
    assert str(token).replace("_", "").isalnum()
    assert len(str(token)) < 200
    for text in (f"{token} ", f"{token}\n", str(token).upper(), str(token)[1:], f"x{token}", f"{token}_"):
        assert TokenText.parse(text) is None


def test_tokens_are_random() -> None:
    made = [TokenText.new("ada") for _ in range(100)]
    assert len({token.secret for token in made}) == len({token.token_id for token in made}) == 100


@given(st.text(max_size=250))
def test_any_text_is_read_without_an_error(text: str) -> None:
    TokenText.parse(text)
    TokenText.parse(f"wfe_{text}")
    is_user_id(text)
    hide_tokens(text)


@pytest.mark.parametrize(
    "text", ["", "A", "a b", "a#b", "-a", "a-", ".", "a\n", "ä", "a/b", "oidc:a", "a" * 65]
)
def test_no_user_may_be_called_so(text: str) -> None:
    assert not is_user_id(text)


@given(_user_ids, st.text(max_size=20), st.text(max_size=20))
def test_tokens_are_hidden_wherever_they_stand(user_id: str, before: str, after: str) -> None:
    token = TokenText.new(user_id)
    shown = hide_tokens(f"{before} {token} {after}")
    assert token.secret not in shown
    assert before in shown or "wfe_" in before or "eyJ" in before


def test_json_web_tokens_are_hidden_and_ids_are_not() -> None:
    jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    text = f"there is no execution {jwt} nor 01890a5d-ac96-774b-bcce-b302099a8058"
    assert hide_tokens(text) == "there is no execution *** nor 01890a5d-ac96-774b-bcce-b302099a8058"
    assert hide_tokens("the workflow wfe_x") == "the workflow wfe_x"
    for header in ("ewoJImFsZyI6ICJub25lIn0", "eyAiYWxnIjogIm5vbmUiIH0"):
        assert header not in hide_tokens(f"{header}.eyJzdWIiOiJhZGEifQ.")
