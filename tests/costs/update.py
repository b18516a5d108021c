"""Writes what is measured into `docs/costs.md`, which says how to run this.

The differences are for reading before they are committed; new calls have `?` where a reason belongs.
"""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from io import StringIO

from tests.costs import document
from tests.costs.scenarios import SCENARIOS
from tests.costs.stack import stack


def main() -> None:
    before = document.PATH.read_text()
    text = document.with_prices(before)
    # Nodes print their logs.
    with redirect_stdout(StringIO()), stack() as measuring:
        for name in SCENARIOS:
            text = document.with_figures(text, name, measuring.measure(name))
    document.PATH.write_text(text)
    os.write(1, "".join(f"{line}\n" for line in document.difference(before, text)).encode())


if __name__ == "__main__":
    main()
