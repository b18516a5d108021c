"""The sizes of what Lambda gets."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from benchmarks.cold.build import FUNCTIONS, build_for_lambda
from benchmarks.rows import Rows

UNPACKED_MEGABYTES = 250
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def measure_sizes(rows: Rows) -> None:
    """Builds the layers for Lambda, and puts the size of each, and of the largest function."""
    folders, bytecode = build_for_lambda()
    unpacked = {layer: _bytes(folder) for layer, folder in folders.items()}
    largest = max((folder.parent for folder in FUNCTIONS.rglob("app.py")), key=_bytes)
    for layer, folder in folders.items():
        rows.add(
            f"{layer} for Lambda (arm64, bytecode of {bytecode}), zipped and unpacked",
            f"{_zipped_bytes(folder) / 1e6:.1f} and {unpacked[layer] / 1e6:.1f} MB",
        )
    rows.add(f"the largest function, {largest.name}, unpacked", f"{_bytes(largest) / 1e3:.1f} kB")
    rows.at_most(
        "a function with all layers, unpacked, beside Lambda's quota",
        (sum(unpacked.values()) + _bytes(largest)) / 1e6,
        UNPACKED_MEGABYTES,
        "{:.0f} MB",
    )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _zipped_bytes(folder: Path) -> int:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return len(packed.getvalue())
