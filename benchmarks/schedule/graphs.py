"""Graphs of the shapes that scientific and bioinformatic pipelines have, of any size.

Each family follows the recorded runs of that name in WfCommons WfInstances
(https://github.com/wfcommons/WfInstances): which stage waits for which, and how the stages' run times
compare. No graph exceeds the size asked for, and most fall a little short of it: a family adds whole
samples, parcels or images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import TypedDict


class TaskGraph(TypedDict):
    """A recorded or made workflow: per task its run time, and the indices of those it waits for."""

    runtime_seconds: list[float]
    parents: list[list[int]]


@dataclass
class _Builder:
    random: Random
    runtime_seconds: list[float] = field(default_factory=list)
    parents: list[list[int]] = field(default_factory=list)

    def add(self, seconds: float, *parents: int) -> int:
        """Adds a task that takes about so long, and returns its index."""
        self.runtime_seconds.append(round(seconds * self.random.uniform(0.5, 1.5), 1))
        self.parents.append(list(parents))
        return len(self.parents) - 1

    def add_all(self, count: int, seconds: float, *parents: int) -> list[int]:
        return [self.add(seconds, *parents) for _ in range(count)]

    def chain(self, seconds: list[float], *parents: int) -> int:
        """Adds tasks one after another, and returns the last."""
        for each in seconds:
            parents = (self.add(each, *parents),)
        return parents[0]


def _montage(build: _Builder, nodes: int) -> None:
    """Three colour bands: project images, compare overlaps, fit, correct each image, add up."""
    count = 2
    while 3 * (2 * count + len(_overlaps(count)) + 5) + 1 <= nodes:
        count += 1
    bands = []
    for _ in range(3):
        images = build.add_all(count - 1, 450)
        overlaps = [build.add(3, images[i], images[j]) for i, j in _overlaps(len(images))]
        model = build.chain([0.2, 0.6], *overlaps)
        corrected = [build.add(5, model, image) for image in images]
        table = build.add(0.3, *corrected)
        bands.append(build.add(2, *corrected, table))
        build.add(1.5, bands[-1])
    build.add(2, *bands)


def _overlaps(images: int) -> list[tuple[int, int]]:
    """Returns the pairs of neighbours in a square that is filled row by row."""
    width = ceil(images**0.5)
    return [
        (i, j)
        for i in range(images)
        for j in range(i)
        if i // width - j // width <= 1 and abs(i % width - j % width) <= 1
    ]


def _epigenomics(build: _Builder, nodes: int) -> None:
    """Lanes of reads: split, four steps per part, merge; then the lanes together."""
    lanes = max(1, nodes // 300)
    merged = []
    for _ in range(lanes):
        split = build.add(1.5)
        parts = [build.chain([14, 2, 1, 50], split) for _ in range(max(1, (nodes // lanes - 5) // 4))]
        merged.append(build.add(1.6, *parts))
    build.chain([1.6, 2, 1] if lanes == 1 else [3, 1.6, 2, 1], *merged)


def _genome_1000(build: _Builder, nodes: int) -> None:
    """Per chromosome: 25 individuals merged beside one sifting; both before each of 14 analyses."""
    for _ in range(max(1, nodes // 41)):
        merged = build.add(60, *build.add_all(25, 80))
        sifted = build.add(15)
        build.add_all(14, 90, merged, sifted)


def _cycles(build: _Builder, nodes: int) -> None:
    """Per parcel a diamond; one summary of its middles, one of its ends."""
    middles, ends = [], []
    for _ in range(max(1, (nodes - 3) // 4)):
        base = build.add(11)
        first, second = build.add_all(2, 21, base)
        middles.append(first)
        ends.append(build.add(0.1, first, second))
    summary = build.add(1, *middles)
    build.add(1, *ends)
    build.add(1, summary)


def _soykb(build: _Builder, nodes: int) -> None:
    """Per sample a line with a side step, then each chromosome; each chromosome over all samples."""
    chromosomes = 10 if nodes < 500 else 20
    calls = []
    for _ in range(max(1, (nodes - chromosomes - 6) // (chromosomes + 6))):
        sorted_reads = build.chain([5, 9, 10, 12])
        realigned = build.add(95, sorted_reads)
        target = build.add(30, sorted_reads, realigned)
        calls.append(build.add_all(chromosomes, 120, target))
    build.add(20, *(call for sample in calls for call in sample))
    genotypes = [build.add(60, *by_sample) for by_sample in zip(*calls, strict=True)]
    combined = build.add(10, *genotypes)
    for _ in range(2):
        build.chain([5, 5], combined)


def _srasearch(build: _Builder, nodes: int) -> None:
    """One index for all accessions, each fetched beside it; results gathered by 25."""
    index = build.add(0.3)
    found = [build.add(50, index, build.add(1500)) for _ in range(max(1, (nodes - 4) * 25 // 51))]
    build.add(1, *(build.add(1, *found[i : i + 25]) for i in range(0, len(found), 25)))


def _blast(build: _Builder, nodes: int) -> None:
    """Split, search the parts, gather results and errors."""
    split = build.add(0.1)
    parts = build.add_all(max(1, nodes - 3), 9.6, split)
    build.add_all(2, 0.2, *parts)


def _seismology(build: _Builder, nodes: int) -> None:
    """Many deconvolutions and one gathering."""
    build.add(1, *build.add_all(max(1, nodes - 1), 4))


def _nextflow(build: _Builder, nodes: int) -> None:
    """References and per sample a line with side outputs, peaks over pairs of samples, one report of all."""
    references = [build.add(seconds) for seconds in (1, 1, 13, 7, 1)]
    index = build.add(20, references[1])
    reported = list(references)
    filtered = []
    for _ in range(max(2, (nodes - 7) // 23)):
        reads = build.add(50)
        checks = build.add(20)
        aligned = build.add(120, reads, references[2])
        marked = build.add(15, build.add(3, aligned), index)
        side = [build.add(6, marked, aligned) for _ in range(3)]
        kept = build.add(9, marked)
        indexed = build.add(2, kept)
        statistics = [build.add(4, kept, indexed) for _ in range(3)]
        coverage = build.add(60, kept, indexed, references[3])
        tracks = build.chain([20, 4], coverage)
        reported += [reads, checks, *side, *statistics, tracks]
        filtered.append((kept, indexed))
    for treatment, control in zip(filtered, filtered[1:] + filtered[:1], strict=True):
        peaks = build.add(40, *treatment, control[0])
        build.add(2, peaks, references[0])
        annotated = build.add(30, build.add(3, peaks), references[4])
        reported += [build.add(5, peaks, *treatment), annotated]
        build.chain([2, 2], annotated, peaks)
    build.add(25, *reported)


_Family = Callable[[_Builder, int], None]

FAMILIES: dict[str, _Family] = {
    "montage": _montage,
    "epigenomics": _epigenomics,
    "1000genome": _genome_1000,
    "cycles": _cycles,
    "soykb": _soykb,
    "srasearch": _srasearch,
    "blast": _blast,
    "seismology": _seismology,
    "nextflow": _nextflow,
}
"""By name."""


def make_graph(family: str, nodes: int, seed: int = 0) -> TaskGraph:
    """Returns a graph of the family with at most so many nodes, but never less than its smallest.

    The same arguments give the same graph.
    """
    build = _Builder(Random(f"{family} {nodes} {seed}"))
    FAMILIES[family](build, nodes)
    return {"runtime_seconds": build.runtime_seconds, "parents": build.parents}
