"""Many executions from one: rows of a peer's own SQLite again, under other ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def newest(database: Path, table: str, order: str) -> dict[str, Any]:
    """The row of a table whose `order` is the greatest."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return dict(connection.execute(f"SELECT * FROM {table} ORDER BY {order} DESC LIMIT 1").fetchone())


def clone(database: Path, table: str, row: Row, count: int, changes: Callable[[int], Row]) -> None:
    """Insert a row so many times.

    Args:
        changes: What is different in the row of a number.
    """
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",
            ({**row, **changes(number)} for number in range(count)),
        )


def stored_columns(database: Path, table: str) -> set[str]:
    """The columns of a table that are not worked out from others."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
