"""Log lines as text, JSON and JSON lines. Each line stays one, whatever is in its message."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from workflows.domain.log_archive import LogFormat
from workflows.domain.log_chunk import Line
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.times import format_second, from_milliseconds
from workflows.domain.visible_text import ESCAPES

_MILLISECONDS = [f"{number:03}" for number in range(1000)]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def entry_of(line: Line) -> LogEntry:
    at, _, _, level, node_id, message, fields = line
    return LogEntry(from_milliseconds(at), level, node_id, message, fields or {})


class _TextHeads(dict[tuple[int, Level, str | None], str]):
    """What text lines begin with, by second, level and node: many begin alike."""

    def __missing__(self, key: tuple[int, Level, str | None]) -> str:
        second, level, node_id = key
        text = self[key] = f"[{format_second(second)}Z] {level} [{node_id or 'execution'}] - "
        return text


class _JsonTimes(dict[int, str]):
    """What JSON lines begin with, by second."""

    def __missing__(self, second: int) -> str:
        text = self[second] = f'{{"timestamp":"{format_second(second)}.'
        return text


class _JsonOrigins(dict[tuple[Level, str | None], str]):
    """What comes between time and message, by level and node."""

    def __missing__(self, key: tuple[Level, str | None]) -> str:
        level, node_id = key
        text = self[key] = f'Z","level":"{level}","node_id":{json.dumps(node_id)},"message":'
        return text


def text_lines(lines: Sequence[Line]) -> str:
    """`[2026-02-23T16:30:05Z] INFO [node-1] - message key="value"`, control characters escaped."""
    # In columns, most of the work is done by iterators of C.
    times, _, _, levels, node_ids, messages, fields = zip(*lines, strict=True)
    texts: Sequence[str] = messages
    if any(fields):
        texts = [text + _text_fields(f) if f else text for text, f in zip(messages, fields, strict=True)]
    if not "".join(texts).isprintable():
        texts = [text if text.isprintable() else text.translate(ESCAPES) for text in texts]
    seconds = [at // 1000 for at in times]
    heads = map(_TextHeads().__getitem__, zip(seconds, levels, node_ids, strict=True))
    return "".join(chain.from_iterable(zip(heads, texts, repeat("\n"), strict=False)))


def json_lines(lines: Sequence[Line]) -> list[str]:
    """Each line as an object, safe also inside HTML: `<` is written `\\u003c`."""
    times, origins = _JsonTimes(), _JsonOrigins()
    return [
        times[at // 1000]
        + _MILLISECONDS[at % 1000]
        + origins[level, node_id]
        + encode_basestring_ascii(message).replace("<", "\\u003c")
        + (_json_fields(fields) + "}" if fields else "}")
        for at, _, _, level, node_id, message, fields in lines
    ]


def _json_fields(fields: dict[str, Any]) -> str:
    text = json.dumps(fields).replace("<", "\\u003c")
    return f',"fields":{text}'


def _text_fields(fields: dict[str, Any]) -> str:
    return "".join([f" {name}={_text_value(value)}" for name, value in fields.items()])


def _text_value(value: Any) -> str:
    if type(value) is str:
        return encode_basestring(value)
    return str(value) if type(value) is int else _encode(value)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a log is written to a file.

    Attributes:
        head: From the execution's and workflow's ids to what comes before the lines.
        lines: The text of some lines, of which there is one at least; True for the first ones.
        tail: What comes after them, from how many they were.
    """

    extension: str
    content_type: str
    head: Callable[[dict[str, str]], str]
    lines: Callable[[Sequence[Line], bool], str]
    tail: Callable[[int], str]


def _nothing(_: object) -> str:
    return ""


def _text(lines: Sequence[Line], _: bool) -> str:
    return text_lines(lines)


def _jsonl(lines: Sequence[Line], _: bool) -> str:
    return "\n".join(json_lines(lines)) + "\n"


def _json_head(about: dict[str, str]) -> str:
    return json.dumps(about)[:-1] + ', "logs": ['


def _json(lines: Sequence[Line], is_first: bool) -> str:
    return ("\n" if is_first else ",\n") + ",\n".join(json_lines(lines))


def _json_tail(total: int) -> str:
    return f'\n], "total_logs": {total}}}\n'


FILE_FORMATS: dict[LogFormat, FileFormat] = {
    "text": FileFormat("txt", "text/plain; charset=utf-8", _nothing, _text, _nothing),
    # One document in the shape of `GET logs`.
    "json": FileFormat("json", "application/json", _json_head, _json, _json_tail),
    "jsonl": FileFormat("jsonl", "application/x-ndjson", _nothing, _jsonl, _nothing),
}
