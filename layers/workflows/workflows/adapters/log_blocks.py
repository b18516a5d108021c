"""How the lines of a chunk are stored: by level, in blocks, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from itertools import pairwise, repeat
from typing import Any

from workflows.domain.log_chunk import Block, Line
from workflows.domain.log_entry import Level, LogEntry
from workflows.domain.times import to_milliseconds

BLOCK_BYTES = 32 * 1024
"""Of lines before compression. Larger blocks cost less to write, smaller ones less to read a part of."""

_INLINE_BYTES = 600
"""Of blocks that are in the head of their chunk, which so stays within a kilobyte: one write unit."""

_Numbered = tuple[int, int, LogEntry]  # Time, number within the chunk, the line.


def pack(entries: Sequence[LogEntry]) -> list[tuple[Block, bytes]]:
    """The blocks of a chunk with their stored bytes; the smallest are inline, as far as there is room."""
    ordered = sorted(
        ((to_milliseconds(entry.timestamp), entry) for entry in entries), key=lambda pair: pair[0]
    )
    by_level: dict[Level, list[_Numbered]] = {}
    for number, (at, entry) in enumerate(ordered):
        by_level.setdefault(entry.level, []).append((at, number, entry))
    packed = [
        (Block(level, len(part), part[0][0], part[-1][0]), _compress(part))
        for level, lines in by_level.items()
        for part in _parts(lines)
    ]
    room = _INLINE_BYTES
    for index in sorted(range(len(packed)), key=lambda index: len(packed[index][1])):
        block, body = packed[index]
        room -= len(body)
        if room < 0:
            break
        packed[index] = Block(block.level, block.count, block.first_at, block.last_at, body), body
    return packed


def unpack(body: bytes, chunk_id: str, level: Level, node_id: str | None) -> list[Line]:
    """The lines of a block."""
    first_at, deltas, numbers, messages, fields = json.loads(zlib.decompress(body, -zlib.MAX_WBITS))
    times = []
    at = first_at
    for delta in deltas:
        at += delta
        times.append(at)
    if isinstance(numbers, int):
        numbers = range(numbers, numbers + len(messages))
    few: dict[str, Any] = fields or {}
    extras = [few.get(str(index)) for index in range(len(messages))] if few else repeat(None)
    return list(zip(times, repeat(chunk_id), numbers, repeat(level), repeat(node_id), messages, extras))


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
    times = [at for at, _, _ in lines]
    numbers: Any = [number for _, number, _ in lines]
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        numbers = numbers[0]
    # In columns, like beside like, they take less.
    document = [
        times[0],
        [0, *(later - earlier for earlier, later in pairwise(times))],
        numbers,
        [entry.message for _, _, entry in lines],
        {index: entry.fields for index, (_, _, entry) in enumerate(lines) if entry.fields},
    ]
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, default=str)
    packer = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    return packer.compress(text.encode(errors="replace")) + packer.flush()
