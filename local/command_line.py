"""What the commands of this package share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from local.errors import LocalStackError


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows `--port`."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--port", type=int, default=4566, help="port on loopback (default: %(default)s)")
    return arguments


def run(command: Callable[[], None]) -> None:
    """Run `command`; what the person can mend is told in one line, without a traceback."""
    try:
        command()
    except LocalStackError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
