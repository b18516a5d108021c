"""Lines like those that programs log: a few templates each, with ids, counts, durations and words in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from string import Formatter
from typing import Any

from workflows.domain.log_entry import Level

LogLine = tuple[Level, str, dict[str, Any]]
"""Level, message and fields."""

_THINGS = """
    amber anchor basket beacon bottle bridge candle carbon castle copper cotton dragon engine falcon
    forest garden hammer harbor island jacket kettle ladder lantern magnet marble meadow mirror needle
    orchid pepper pillow planet pocket quartz ribbon rocket saddle shadow silver spiral summit temple
    timber tunnel valley velvet violet walnut window winter
"""
_WORDS = _THINGS.split()
_COUNTRIES = ("AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "PL", "PT", "SE")

_VALUES: Mapping[str, Callable[[Random, int], object]] = {
    "number": lambda _, number: number,
    "page": lambda _, number: number // 100,
    "id": lambda random, _: f"{random.getrandbits(32):08x}",
    "order": lambda random, _: 10_000_000 + random.randrange(900_000),
    "ms": lambda random, _: int(random.lognormvariate(3.5, 0.8)),
    "few": lambda random, _: random.randrange(1, 12),
    "cents": lambda random, _: f"{random.lognormvariate(4, 1):.2f}",
    "percent": lambda random, _: random.randrange(20, 95),
    "word": lambda random, _: random.choice(_WORDS),
    "country": lambda random, _: random.choice(_COUNTRIES),
}


@dataclass(frozen=True, slots=True)
class _Program:
    """What a node runs: its templates by level, each as often as it is there."""

    debug: tuple[str, ...]
    info: tuple[str, ...]
    warning: tuple[str, ...]
    error: tuple[str, ...]


_PROGRAMS = (
    _Program(
        debug=(
            "GET https://shop.example.com/api/v2/orders/{order}?expand=items answered 200 in {ms} ms",
            "cache miss for customer {id} in region {country}, reading from the replica ({ms} ms)",
        ),
        info=(
            "order {order} imported: {few} items, total {cents} EUR, customer {id}, took {ms} ms",
            "order {order} is unchanged since the last synchronisation, skipped after {ms} ms",
            "page {page} of orders from {country} read, record {number} is the next one to look at",
        ),
        warning=("order {order} has {few} items without a price, taking those of catalogue {word}-{word}",),
        error=("order {order} could not be imported: customer {id} does not exist in region {country}",),
    ),
    _Program(
        debug=(
            "transform step {word} took {ms} ms for row {number}, {percent} % of the buffer are in use",
            "lookup of key {word}-{order} in the dimension table found {few} candidates in {ms} ms",
        ),
        info=(
            "row {number} written to table events_{country}, key {word}-{order}, partition {few}",
            "row {number} merged into {word}-{word}: {few} columns changed, version {order} in {ms} ms",
        ),
        warning=("row {number} has a timestamp in the future, set to the time of the batch {order}",),
        error=("row {number} violates the constraint events_{country}_key: key {word}-{order} exists",),
    ),
    _Program(
        debug=(
            "worker {few} took message {id} from queue {word}-events after {ms} ms, attempt {few}",
            "serialised the document for {word}/{word} with {few} attachments in {ms} ms, {percent} kB",
        ),
        info=(
            "notification {id} sent to channel {word}, template {word}-{country}, in {ms} ms",
            "notification {id} delivered on attempt {few}, provider answered 202 after {ms} ms",
            "batch {page}: {number} notifications sent so far, {percent} % of today's quota are used",
        ),
        warning=("provider is slow: {ms} ms for notification {id}, the next attempt is in {few} seconds",),
        error=("notification {id} failed after {few} attempts: connection reset by mail-{few}.{country}",),
    ),
    _Program(
        debug=(
            "model input for image {number}: {percent} regions, scale 0.{percent}, loaded in {ms} ms",
            "evicted tile {word}/{word}/{number} from the cache, {percent} % of its memory are in use",
        ),
        info=(
            "image {number} classified as {word} with confidence 0.{percent} in {ms} ms on worker {few}",
            "image {number} stored as s3://images-{country}/{word}/{id}.webp, {percent} kB, {ms} ms",
        ),
        warning=("image {number} has a low confidence of 0.{few} for {word}, queued for review as {order}",),
        error=("image {number} could not be decoded: unexpected end of data in segment {few} of {id}",),
    ),
)
_ERROR_EVERY = 1000
_WARNING_EVERY = 100
_FIELDS_EVERY = 20
_PHASE = 389


def log_lines(node: int, count: int, random: Random, debug_share: float) -> Iterator[LogLine]:
    """The lines of a node: one in 1,000 is an ERROR, one in 100 a WARNING, one in 20 has fields.

    Args:
        debug_share: How many of the others are DEBUG; the rest is INFO.
    """
    program = _PROGRAMS[node % len(_PROGRAMS)]
    parsed = {
        level: [_parsed(template) for template in templates]
        for level, templates in (
            ("DEBUG", program.debug),
            ("INFO", program.info),
            ("WARNING", program.warning),
            ("ERROR", program.error),
        )
    }
    for number in range(count):
        # Not in the same moments of all nodes.
        level = _level(node * (count + _PHASE) + number, random, debug_share)
        template = random.choice(parsed[level])
        message = "".join(
            [text + (str(_VALUES[name](random, number)) if name else "") for text, name in template]
        )
        fields = (
            {"trace": f"{random.getrandbits(32):08x}", "attempt": 1} if number % _FIELDS_EVERY == 7 else {}
        )
        yield level, message, fields


def _level(number: int, random: Random, debug_share: float) -> Level:
    if number % _ERROR_EVERY == _ERROR_EVERY // 2:
        return "ERROR"
    if number % _WARNING_EVERY == 1:
        return "WARNING"
    return "DEBUG" if random.random() < debug_share else "INFO"


def _parsed(template: str) -> list[tuple[str, str | None]]:
    return [(text, name) for text, name, _, _ in Formatter().parse(template)]
