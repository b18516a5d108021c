"""The formats in which `storage` nodes read and write: bytes to JSON values, and back.

What is read is bounded twice: by its bytes, and by the bytes of the JSON that it becomes, since a table in
CSV names its columns once, and in JSON in every row.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator

from workflows.domain.payload import encode, json_fault
from workflows.domain.workflow import JsonValue

MEDIA_TYPES = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "lines": "text/plain; charset=utf-8",
    "jsonl": "application/x-ndjson",
}
"""By format."""

FORMATS = tuple(MEDIA_TYPES)

DELIMITER = r'[^"\r\n]'
"""What may be between the fields of CSV: a character."""

_SHOWN_CHARACTERS = 100
_SURROUND_BYTES = 3
"""Of each string in a list: two quotes and a comma."""


class TooManyBytes(ValueError):
    """It is larger than it may be."""


def unzip(data: bytes, max_bytes: int) -> bytes:
    """What gzip made `data` of, with all its members (RFC 1952).

    Raises:
        TooManyBytes: It is more than `max_bytes`.
        ValueError: It is not gzip, or cut off.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unzipped:
            # One byte more tells whether there is one.
            result = unzipped.read(max_bytes + 1)
    except EOFError as error:
        raise ValueError("is gzip that is cut off") from error
    except (OSError, zlib.error) as error:
        raise ValueError("is not gzip, as its name or encoding says") from error
    if len(result) > max_bytes:
        raise TooManyBytes(f"has more than {max_bytes:,} bytes when it is unzipped")
    if not data:
        raise ValueError("is gzip that is cut off")
    return result


def zip_up(data: bytes) -> bytes:
    """`data` as gzip, the same for every try."""
    return gzip.compress(data, mtime=0)


def read(data: bytes, file_format: str, delimiter: str, max_bytes: int) -> JsonValue:
    """The value that a file of UTF-8, with a byte order mark or without, holds.

    Args:
        file_format: One of `FORMATS`.
        delimiter: Between the fields of CSV.
        max_bytes: How large its JSON may be.

    Raises:
        TooManyBytes: It is larger.
        ValueError: It is not of that format; the message says so, and where.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {error.start + 1:,} is the first that is not") from error
    match file_format:
        case "text":
            return text
        case "json":
            return _parsed(text, "is not JSON")
        case "csv":
            return list(_records(text, delimiter, max_bytes))
        case "jsonl":
            return [
                _parsed(line, f"line {number:,} is not JSON")
                for number, line in enumerate(_lines(text), 1)
                if line.strip()
            ]
    lines = _lines(text)
    _check_size(len(data) + _SURROUND_BYTES * len(lines), max_bytes)
    return lines


def write(value: JsonValue, file_format: str, delimiter: str, max_bytes: int) -> bytes:
    """The file of a value.

    Raises:
        TooManyBytes: It has more than `max_bytes`.
        ValueError: The value cannot be written in that format; the message says why.
    """
    if fault := json_fault(value):
        raise ValueError(fault)
    data = _csv(value, delimiter, max_bytes) if file_format == "csv" else _WRITERS[file_format](value)
    if len(data) > max_bytes:
        raise TooManyBytes(f"has more than {max_bytes:,} bytes as {file_format}")
    return data


def _parsed(text: str, fault: str) -> JsonValue:
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"{fault} that can be read: it nests too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{fault}: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except ValueError as error:
        # Python reads no integers of thousands of digits.
        raise ValueError(f"{fault} that can be read: it has a number of too many digits") from error
    if reason := json_fault(value):
        raise ValueError(f"{fault} that can be read: it {reason}")
    return value


def _lines(text: str) -> list[str]:
    """The lines, which end in LF or CR LF alone: a text may hold what else Unicode takes for their end."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _records(text: str, delimiter: str, max_bytes: int) -> Iterator[dict[str, JsonValue]]:
    csv.field_size_limit(max_bytes)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(rows, [])
        _check_columns(header)
        names_bytes = sum(len(name.encode()) + 2 * _SURROUND_BYTES for name in header)
        size = 0
        for row in filter(None, rows):
            if len(row) != len(header):
                raise ValueError(
                    f"has {len(row)} fields in the record that ends at line {rows.line_num:,},"
                    f" and {len(header)} in its header"
                )
            size += names_bytes + sum(map(len, row))
            _check_size(size, max_bytes)
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error} at line {rows.line_num:,}") from error


def _check_columns(header: list[str]) -> None:
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise ValueError(f"names the column {name[:_SHOWN_CHARACTERS]!r} twice in its header")
        seen.add(name)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise TooManyBytes(f"has more than {max_bytes:,} bytes as JSON")


def _text(value: JsonValue) -> bytes:
    if not isinstance(value, str):
        raise ValueError("must be a string to be written as text")
    return value.encode()


def _json(value: JsonValue) -> bytes:
    return encode(value).encode()


def _csv(value: JsonValue, delimiter: str, max_bytes: int) -> bytes:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("must be a list of objects to be written as csv")
    header = list(dict.fromkeys(name for row in value for name in row))
    if value and not header:
        raise ValueError("must have an object with a key to be written as csv")
    if len(header) * len(value) > max_bytes:
        # Each cell takes a byte, also where an object has no such key.
        raise TooManyBytes(f"has more than {max_bytes:,} bytes as csv")
    written = io.StringIO(newline="")
    # It ends lines by itself as RFC 4180 wants it.
    writer = csv.writer(written, delimiter=delimiter)
    if header:
        writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in value)
    return written.getvalue().encode()


def _cell(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


def _plain_lines(value: JsonValue) -> bytes:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise ValueError("must be a list of strings to be written as lines")
    if any("\n" in line or "\r" in line for line in value):
        raise ValueError("must have no line that holds a line break")
    return "".join(f"{line}\n" for line in value).encode()


def _json_lines(value: JsonValue) -> bytes:
    if not isinstance(value, list):
        raise ValueError("must be a list to be written as jsonl")
    return "".join(f"{encode(line)}\n" for line in value).encode()


_WRITERS: dict[str, Callable[[JsonValue], bytes]] = {
    "text": _text,
    "json": _json,
    "lines": _plain_lines,
    "jsonl": _json_lines,
}
