from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.domain.allow_lists import (
    allows_function,
    allows_object,
    allows_prefix,
    allows_table,
    key_fault,
)

OWN = ("stack-data", "stack-logs")
ids = st.text(min_size=1, max_size=12)
words = st.text(alphabet="abx@:._-{}*/ ", max_size=10)


def opens(entry: str, key: str, owner: str = "ann", bucket: str = "files") -> bool:
    return allows_object([entry], owner, bucket, key, own=OWN)


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("files/", ["a", "a/b", "data/c.csv"], []),
        ("files/*", ["a", "a/b"], []),
        ("files/data/", ["data/a", "data/a/b", "data/"], ["data", "database", "other/data/a", "Data/a"]),
        ("files/data/a", ["data/a", "data/a/b"], ["data/ab", "data/a.csv", "data/", "data"]),
        ("files/data/a*", ["data/a", "data/ab", "data/a/b"], ["data/b", "data", "data/A"]),
        ("files/{owner}/", ["ann/a", "ann/x/y"], ["ann", "anna/a", "bob/a", "{owner}/a", "shared/ann/a"]),
        ("files/to/{owner}", ["to/ann", "to/ann/a"], ["to/anna", "to/ann.csv", "to/bob"]),
        ("files/{owner}/in*", ["ann/in", "ann/inbox"], ["ann/out", "anna/in"]),
    ],
)
def test_entry_opens_what_is_inside_and_nothing_else(
    entry: str, inside: list[str], outside: list[str]
) -> None:
    assert [key for key in inside if not opens(entry, key)] == []
    assert [key for key in outside if opens(entry, key)] == []


@pytest.mark.parametrize(
    "entry", ["files", "", "/", "/data/", "files/*/a", "files/{owner}*", "files/a-{owner}-*", "*/", "f*/"]
)
def test_entry_that_is_not_written_as_it_must_be_opens_nothing(entry: str) -> None:
    assert not opens(entry, "ann/a")
    assert not opens(entry, "a-ann-b")
    assert not allows_prefix([entry], "ann", "files", "", own=OWN)


@pytest.mark.parametrize(
    "key",
    [
        "ann/../bob/a",
        "ann/x/../../bob/a",
        "ann/./a",
        "ann//a",
        "/ann/a",
        "ann/..",
        "ann/a\x00",
        "ann/a\n",
        "ann/\ud800",
        "ann/" + "é" * 511,
        "",
    ],
)
def test_key_that_may_mean_another_is_refused(key: str) -> None:
    assert key_fault(key)
    assert not opens("files/", key)
    assert not opens("files/{owner}/", key)


@pytest.mark.parametrize("bucket", ["files2", "file", "Files", "stack-data", "arn:aws:s3:::files", ""])
def test_other_buckets_are_closed(bucket: str) -> None:
    assert not opens("files/", "ann/a", bucket=bucket)


def test_own_buckets_are_closed_although_they_are_listed() -> None:
    assert not opens("stack-data/", "payloads/a", bucket="stack-data")
    assert not allows_prefix(["stack-logs/"], "ann", "stack-logs", "", own=OWN)
    assert opens("files-{owner}/", "a", bucket="files-ann")
    assert not opens("{owner}/", "a", owner="stack-data", bucket="stack-data")


@pytest.mark.parametrize("owner", ["ann/x", "..", ".", "", "an\nn", "/"])
def test_owner_whose_id_is_no_part_of_a_key_has_no_location(owner: str) -> None:
    assert not opens("files/{owner}/", f"{owner}/a", owner=owner)
    assert opens("files/shared/", "shared/a", owner=owner)


@pytest.mark.parametrize("owner", ["oidc:auth0|5f", "ann@example.com", "oidc:https-x", "a+b", "*", "{owner}"])
def test_owner_of_any_other_id_has_the_location_of_that_name(owner: str) -> None:
    assert opens("files/{owner}/", f"{owner}/a", owner=owner)
    assert not opens("files/{owner}/", "ann/a", owner=owner)


@given(
    ids,
    ids,
    st.sampled_from(["files/{owner}/", "files/{owner}", "files/x-{owner}-y/", "files/{owner}/in*"]),
    words,
)
def test_no_owner_reaches_what_is_anothers(first: str, second: str, entry: str, key: str) -> None:
    placed = entry.removeprefix("files/").removesuffix("*").replace("{owner}", second) + key
    if first != second and opens(entry, placed, owner=second):
        assert not opens(entry, placed, owner=first)


@given(st.lists(words.map("files/".__add__), max_size=3), words, words)
def test_what_may_be_listed_may_be_read(entries: list[str], prefix: str, rest: str) -> None:
    if allows_prefix(entries, "ann", "files", prefix, own=OWN) and key_fault(prefix + rest) is None:
        assert allows_object(entries, "ann", "files", prefix + rest, own=OWN)


@pytest.mark.parametrize(
    ("prefix", "is_open"),
    [
        ("ann/", True),
        ("ann/2026-", True),
        ("ann", False),
        ("", False),
        ("anna/", False),
        ("ann/../bob/", False),
    ],
)
def test_prefix_is_open_if_all_under_it_is(prefix: str, is_open: bool) -> None:
    assert allows_prefix(["files/{owner}/"], "ann", "files", prefix, own=OWN) is is_open


@pytest.mark.parametrize(
    ("table", "owner", "is_open"),
    [
        ("orders", "ann", True),
        ("data-ann", "ann", True),
        ("data-bob", "ann", False),
        ("data-{owner}", "ann", False),
        ("order", "ann", False),
        ("orders2", "ann", False),
        ("Orders", "ann", False),
        ("Executions", "ann", False),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/orders", "ann", False),
        ("data-ann@example.com", "ann@example.com", False),
        ("data-oidc:ann", "oidc:ann", False),
        ("or", "ann", False),
    ],
)
def test_table_is_open_by_its_whole_name(table: str, owner: str, is_open: bool) -> None:
    listed = ["orders", "data-{owner}", "Executions", "or"]
    assert allows_table(listed, owner, table, own=["Executions"]) is is_open


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        ("workflow-add", True),
        ("workflow-add:live", True),
        ("workflow-add:$LATEST", True),
        ("workflow-add:7", True),
        ("workflow-stack-Authorizer-1A", False),
        ("workflows-inline", False),
        ("other", False),
        ("Workflow-add", False),
        ("workflow-add:live:2", False),
        ("workflow-add/invocations", False),
        ("123456789012:function:workflow-add", False),
        ("arn:aws:lambda:us-east-1:123456789012:function:workflow-add", False),
        ("workflow-" + "x" * 60, False),
        ("workflow-add\n", False),
        ("", False),
    ],
)
def test_function_is_open_by_the_beginning_of_its_name(name: str, is_open: bool) -> None:
    own = ("workflows-", "workflow-stack-")
    assert allows_function("workflow-", name, own=own) is is_open
    assert not allows_function("", name, own=own)


def test_entry_that_is_nothing_but_the_owner_opens_nothing() -> None:
    assert not allows_table(["{owner}"], "payroll", "payroll", own=())
    assert not allows_object(["{owner}/"], "payroll", "payroll", "salaries.csv", own=())
    assert allows_table(["data-{owner}"], "payroll", "data-payroll", own=())
