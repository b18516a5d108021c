"""What a node function remembers of secrets, and which parts of one give it away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
import time_machine

from workflows.domain.errors import NodeError, Unavailable
from workflows.runtime import secrets
from workflows.runtime.secrets import parts_of_secret, read_secret

BEGAN = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    secrets._cache.clear()
    yield
    secrets._cache.clear()


def read(store: Mock, name: str = "key", *, after_seconds: float = 0) -> str:
    with time_machine.travel(BEGAN + timedelta(seconds=after_seconds), tick=False):
        return read_secret(store, "ada", name)


def test_value_is_kept_for_a_minute() -> None:
    store = Mock(get=Mock(side_effect=["old", "new", "newer"]))
    assert [read(store, after_seconds=seconds) for seconds in (0, 59, 61, 120)] == [
        "old",
        "old",
        "new",
        "new",
    ]
    # The clock was set back.
    assert read(store, after_seconds=30) == "newer"


def test_lack_of_one_is_kept_for_seconds() -> None:
    store = Mock(get=Mock(side_effect=[None, "set"]))
    for seconds in (0, 4):
        with pytest.raises(NodeError, match="has no secret key") as missing:
            read(store, after_seconds=seconds)
        assert (missing.value.code, missing.value.retryable) == ("secret_missing", False)
    assert read(store, after_seconds=6) == "set"


def test_each_name_is_read_by_itself() -> None:
    store = Mock(get=lambda owner_id, name: f"{name} of {owner_id}")
    assert [read(store, name) for name in ("a", "b", "a")] == ["a of ada", "b of ada", "a of ada"]


def test_what_cannot_be_reached_is_not_taken_for_missing() -> None:
    store = Mock(get=Mock(side_effect=[Unavailable("no"), "set"]))
    with pytest.raises(Unavailable):
        read(store)
    assert read(store) == "set"


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("a plain one", set()),
        ("with a newline\n", {"with a newline"}),
        ("-----BEGIN\nabcdefghijkl\nabc=\n", {"-----BEGIN", "abcdefghijkl"}),
        ("https://hooks.example/services/T0/B0?key=12345", {"/services/T0/B0", "key=12345"}),
        ("https://hooks.example/", set()),
        ("https://[not-a-url/at/all", set()),
        ("ftp://files.example/of/mine", set()),
    ],
)
def test_parts_that_give_a_secret_away(value: str, parts: set[str]) -> None:
    assert set(parts_of_secret(value)) == {value, *parts}
