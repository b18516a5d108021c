"""How the lines of a chunk are stored: in blocks, compressed, warnings and errors apart."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise, repeat
from typing import Any

from workflows.domain.log_chunk import Block, Line
from workflows.domain.log_entry import LEVELS, Level, LogEntry
from workflows.domain.times import to_milliseconds

BLOCK_BYTES = 32 * 1024
"""Of lines before compression. Larger blocks cost less to write, smaller ones less to read a part of."""

_INLINE_BYTES = 600
"""Of blocks that are in the head of their chunk, which so stays within a kilobyte: one write unit."""

_LEVELS: dict[str, Level] = {level[0]: level for level in LEVELS}

_Numbered = tuple[int, int, LogEntry]  # Time, number within the chunk, the line.


def pack(entries: Sequence[LogEntry]) -> list[tuple[Block, bytes]]:
    """The blocks of a chunk with their stored bytes; the smallest are inline, as far as there is room."""
    ordered = sorted(
        ((to_milliseconds(entry.timestamp), entry) for entry in entries), key=lambda pair: pair[0]
    )
    kinds: dict[Level, list[_Numbered]] = {}
    for number, (at, entry) in enumerate(ordered):
        kinds.setdefault("INFO" if entry.level == "DEBUG" else entry.level, []).append((at, number, entry))
    packed = [
        (Block(Counter(entry.level for _, _, entry in part), part[0][0], part[-1][0]), _compress(part))
        for lines in kinds.values()
        for part in _parts(lines)
    ]
    room = _INLINE_BYTES
    for index in sorted(range(len(packed)), key=lambda index: len(packed[index][1])):
        block, body = packed[index]
        room -= len(body)
        if room < 0:
            break
        packed[index] = replace(block, inline=body), body
    return packed


def unpack(body: bytes, chunk_id: str, node_id: str | None) -> list[Line]:
    """The lines of a block."""
    times, numbers, letters, messages, with_fields = json.loads(zlib.decompress(body, -zlib.MAX_WBITS))
    fields: list[dict[str, Any] | None] = [None] * len(messages)
    for index, values in with_fields:
        fields[index] = values
    levels = repeat(_LEVELS[letters]) if len(letters) == 1 else map(_LEVELS.__getitem__, letters)
    columns = accumulate(times), repeat(chunk_id), accumulate(numbers), levels, repeat(node_id)
    return list(zip(*columns, messages, fields, strict=False))  # Those that repeat have no end.


def _parts(lines: Sequence[_Numbered]) -> list[list[_Numbered]]:
    parts: list[list[_Numbered]] = []
    size = BLOCK_BYTES
    for line in lines:
        if size >= BLOCK_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line[2].message) + (len(json.dumps(line[2].fields)) if line[2].fields else 0) + 8
    return parts


def _compress(lines: Sequence[_Numbered]) -> bytes:
    letters = "".join(entry.level[0] for _, _, entry in lines)
    # In columns, like beside like, and numbers by their differences, they take less.
    document = [
        _differences([at for at, _, _ in lines]),
        _differences([number for _, number, _ in lines]),
        letters if len(set(letters)) > 1 else letters[0],
        [entry.message for _, _, entry in lines],
        [(index, entry.fields) for index, (_, _, entry) in enumerate(lines) if entry.fields],
    ]
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, default=str)
    packer = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    return packer.compress(text.encode(errors="replace")) + packer.flush()


def _differences(numbers: Sequence[int]) -> list[int]:
    """The first, and of each further one how much more it is; `accumulate` undoes this."""
    return [numbers[0], *(later - earlier for earlier, later in pairwise(numbers))]
