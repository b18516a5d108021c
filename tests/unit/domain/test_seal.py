"""Sealed texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.seal import SealBroken, seal, unseal

SECRET = b"master"


@given(st.binary(), st.text())
def test_sealed_content_comes_back(content: bytes, context: str) -> None:
    text = seal(SECRET, content, context)
    assert unseal(SECRET, text, context) == content
    assert text.isascii()
    assert not set("+/=&?#% ") & set(text)


@given(st.binary(), st.integers(0, 1_000), st.integers(1, 255))
def test_no_changed_bit_passes(content: bytes, place: int, change: int) -> None:
    text = seal(SECRET, content, "context")
    place %= len(text)
    changed = text[:place] + chr((ord(text[place]) + change) % 256) + text[place + 1 :]
    with pytest.raises(SealBroken):
        unseal(SECRET, changed, "context")


@pytest.mark.parametrize("text", ["", "A", "AAAA", "****", "\ud800", "=" * 30])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(SECRET, text, "context")


def test_seal_holds_in_its_context_and_by_its_secret_only() -> None:
    text = seal(SECRET, b"content", "a")
    for secret, context in ((SECRET, "b"), (b"other", "a")):
        with pytest.raises(SealBroken):
            unseal(secret, text, context)
    # Content and context do not run into one another.
    assert seal(SECRET, b"ab", "c")[:20] != seal(SECRET, b"a", "bc")[:20]
