"""What `Accept-Encoding` headers let pass."""

from __future__ import annotations

import pytest

from workflows.http.encodings import takes_gzip


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br, *", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("identity", False),
        ("gzip;q=x", False),
        ("x-gzip", True),
    ],
)
def test_takes_gzip(header: str | None, expected: bool) -> None:
    assert takes_gzip(header) is expected
