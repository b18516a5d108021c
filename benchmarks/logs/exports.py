"""Runs exports and archives, each in a process of its own, beside gzip, and reports them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import boto3

from benchmarks.logs.export import Taken
from benchmarks.logs.memory import save
from benchmarks.logs.writes import Stored
from benchmarks.rows import Rows
from tests.integration.aws import ENVIRONMENT, REGION
from workflows.adapters.attribute_values import to_item

MAX_BYTES = 64 * 1024 * 1024
MIN_SPEED = 0.5
"""Of the speed of gzip."""
_SLOW = "Python sorts and formats a million lines; gzip only compresses them"

_ROOT = Path(__file__).resolve().parents[2]
_REPEATS = 3
_DEFAULT_LEVEL = 6
"""Of the gzip command."""
_EXPORT_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Exports:
    """
    Attributes:
        environment: Where the engine is found.
        home: A directory for files.
    """

    stored: Stored
    environment: Mapping[str, str]
    home: Path

    def text(self) -> bytes:
        """The lines, as they are exported."""
        self._run("export")
        s3 = boto3.client("s3", region_name=REGION)
        bucket = ENVIRONMENT["LOGS_BUCKET"]
        prefix = f"exports/{self.stored.execution.execution_id}/"
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        data = s3.get_object(Bucket=bucket, Key=max(each["Key"] for each in found))["Body"].read()
        text = zlib.decompress(data, 16 + zlib.MAX_WBITS)
        assert text.count(b"\n") == self.stored.lines
        return text

    def report(self, rows: Rows, text: bytes) -> None:
        """Exports in turns with gzip of the same bytes, so that all have the same share of the machine."""
        items = self._save(self.stored.execution.to_item())
        engine, memory = [], []
        gzips: dict[int, list[float]] = {_DEFAULT_LEVEL: [], _EXPORT_LEVEL: []}
        for _ in range(_REPEATS):
            memory.append(self._run("export", items))
            for level, times in gzips.items():
                times.append(_gzip_seconds(text, level))
            engine.append(self._run("export"))
        megabytes = len(text) / 1e6
        for level, times in gzips.items():
            speed = f"{megabytes / median(times):.0f} MB/s"
            rows.add(f"gzip -{level} alone, {megabytes:.0f} MB from memory", speed)
        rows.add("  ratio of gzip -6", f"{len(text) / len(zlib.compress(text, _DEFAULT_LEVEL)):.1f}")
        for source, runs in (("items from memory", memory), ("from and to the engine", engine)):
            seconds = median(run.seconds for run in runs)
            share = median(gzips[_DEFAULT_LEVEL]) / seconds
            speed = f"{megabytes / seconds:.0f} MB/s"
            rows.at_least(
                f"export, {source}: {speed}, beside gzip -6", share, MIN_SPEED, "{:.2f} x", reason=_SLOW
            )
            _report_taken(rows, runs)
            _report_memory(rows, f"export, {source}", runs)

    def report_archive(self, rows: Rows, text: bytes) -> None:
        """Archives, which is three files at once."""
        items = self._save(self.stored.ended.to_item())
        for source, runs in (
            ("items from memory", [self._run("archive", items) for _ in range(_REPEATS)]),
            ("from and to the engine", [self._run("archive")]),
        ):
            seconds = median(run.seconds for run in runs)
            rows.add(f"archive, {source}: text a second", f"{len(text) / 1e6 / seconds:.0f} MB/s")
            _report_taken(rows, runs)
            rows.add("  memory above idle", _mebibytes(runs))

    def _save(self, execution: Mapping[str, object]) -> Path:
        path = self.home / "items"
        save(path, self.stored.tally.put, to_item(execution))
        return path

    def _run(self, kind: str, items: Path | None = None) -> Taken:
        execution_id = self.stored.execution.execution_id
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.logs.export", kind, execution_id, *([items] if items else [])],
            cwd=_ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(_ROOT / "layers" / "workflows"),
                **(ENVIRONMENT if items else self.environment),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return Taken(**json.loads(answer.stdout))


def _report_taken(rows: Rows, runs: Sequence[Taken]) -> None:
    cpu = median(run.cpu_seconds for run in runs)
    answers = median(run.answer_seconds for run in runs)
    rows.add(
        f"  {cpu:.1f} s of CPU, {answers:.1f} s for answers", f"{median(run.seconds for run in runs):.1f} s"
    )


def _report_memory(rows: Rows, what: str, runs: Sequence[Taken]) -> None:
    peak = max(run.memory_bytes for run in runs)
    rows.at_most(f"{what}: memory above idle", peak / 2**20, MAX_BYTES / 2**20, "{:.0f} MiB")


def _mebibytes(runs: Sequence[Taken]) -> str:
    return f"{max(run.memory_bytes for run in runs) / 1024 / 1024:.1f} MiB"


def _gzip_seconds(text: bytes, level: int) -> float:
    began = time.perf_counter()
    packer = zlib.compressobj(level=level, wbits=16 + zlib.MAX_WBITS)
    packer.compress(text)
    packer.flush()
    return time.perf_counter() - began
