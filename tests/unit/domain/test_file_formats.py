from __future__ import annotations

import gzip
import json
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.domain.file_formats import FORMATS, TooManyBytes, read, unzip, write, zip_up
from workflows.domain.payload import encode

MAX = 10_000

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, str]]:
    names = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
    rows = st.fixed_dictionaries(dict.fromkeys(names, texts))
    return draw(st.lists(rows, max_size=5))


@settings(max_examples=50)
@given(values)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    assert read(write(value, "json", ",", MAX), "json", ",", MAX) == value
    assert read(write([value, value], "jsonl", ",", MAX), "jsonl", ",", MAX) == [value, value]


@settings(max_examples=50)
@given(tables(), st.sampled_from(",;\t|"))
def test_table_is_read_as_it_was_written(table: list[dict[str, str]], delimiter: str) -> None:
    assert read(write(table, "csv", delimiter, MAX), "csv", delimiter, MAX) == table


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\ufeff"))))
def test_lines_are_read_as_they_were_written(lines: list[str]) -> None:
    assert read(write(lines, "lines", ",", 10 * MAX), "lines", ",", 10 * MAX) == lines


@given(st.binary(max_size=200), st.sampled_from(FORMATS))
def test_any_bytes_are_read_as_json_or_refused(data: bytes, file_format: str) -> None:
    with suppress(ValueError):
        value = read(data, file_format, ",", MAX)
        assert json.loads(encode(value)) == value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (b"\xef\xbb\xbfa,b\n1,2", [{"a": "1", "b": "2"}]),
        (b'a\n"x ""y"",\nz"\n', [{"a": 'x "y",\nz'}]),
        (b"a,b\n\n1,\n", [{"a": "1", "b": ""}]),
        (b"a,b\n", []),
        (b"", []),
        (b"=1+1\n=cmd", [{"=1+1": "=cmd"}]),
    ],
)
def test_csv_is_read_by_its_header(data: bytes, expected: list[dict[str, str]]) -> None:
    assert read(data, "csv", ",", MAX) == expected


@pytest.mark.parametrize(
    ("data", "file_format", "said"),
    [
        (b"a\xff", "text", "byte 2"),
        ("é".encode("utf-16"), "json", "is not UTF-8"),
        (b'{"a": 1,}', "json", "is not JSON: .* column 9"),
        (b"NaN", "json", "out of range"),
        (b'"\\ud800"', "json", "surrogate"),
        (b"1e999", "json", "out of range"),
        (b"[" * 200_000, "json", "nests too deeply"),
        (b"[" * 150 + b"]" * 150, "json", "nests deeper"),
        (b"1" * 5_000, "json", "too many digits"),
        (b'1\n{"a"\n', "jsonl", "line 2 is not JSON"),
        (b"a,a\n1,2", "csv", "names the column 'a' twice"),
        (b"a,b\n1,2,3", "csv", "has 3 fields in the record that ends at line 2, and 2 in its header"),
        (b'a\n"x', "csv", "is not CSV: .* at line 2"),
    ],
)
def test_what_is_not_of_its_format_is_refused(data: bytes, file_format: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(data, file_format, ",", MAX)


@pytest.mark.parametrize(
    ("data", "file_format"),
    [(b"x" * 1_000 + b"\n" + b"1\n" * 20, "csv"), (b"\n" * 9_000, "lines"), (b"a\n" + b"1\n" * 4_000, "csv")],
)
def test_what_is_small_and_becomes_large_json_is_refused(data: bytes, file_format: str) -> None:
    with pytest.raises(TooManyBytes, match="10,000 bytes as JSON"):
        read(data, file_format, ",", MAX)


@pytest.mark.parametrize(
    ("value", "file_format", "said"),
    [
        (1, "text", "must be a string"),
        ("a", "csv", "must be a list of objects"),
        ([{"a": 1}, 2], "csv", "must be a list of objects"),
        ([{}], "csv", "an object with a key"),
        (["a\nb"], "lines", "line break"),
        (["a\r"], "lines", "line break"),
        ([1], "lines", "must be a list of strings"),
        ({}, "jsonl", "must be a list"),
        (float("nan"), "json", "out of range"),
        ("\ud800", "text", "surrogate"),
    ],
)
def test_value_that_the_format_has_not_is_refused(value: Any, file_format: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        write(value, file_format, ",", MAX)


def test_table_has_all_keys_for_columns_and_json_in_its_cells() -> None:
    rows = [{"a": 1, "b": None}, {"c": [1, "x"], "a": True}]
    assert write(rows, "csv", ",", MAX) == b'a,b,c\r\n1,,\r\ntrue,,"[1,""x""]"\r\n'


def test_table_whose_empty_cells_would_fill_the_memory_is_refused() -> None:
    rows = [{f"key-{number}": 1} for number in range(3_000)]
    tracemalloc.start()
    with pytest.raises(TooManyBytes):
        write(rows, "csv", ",", 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_gzip_is_undone_with_all_its_members() -> None:
    assert unzip(zip_up(b"a" * 500) + zip_up(b"b"), 501) == b"a" * 500 + b"b"
    assert zip_up(b"a") == zip_up(b"a")


def test_bomb_is_not_unzipped() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    tracemalloc.start()
    with pytest.raises(TooManyBytes, match="when it is unzipped"):
        unzip(bomb, MAX)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("data", [b"", b"plain", zip_up(b"abc")[:-3], zip_up(b"abc")[:12] + b"\xff" * 9])
def test_broken_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="gzip"):
        unzip(data, MAX)
