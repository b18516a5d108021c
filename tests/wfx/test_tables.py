from __future__ import annotations

import pytest
from rich.console import Console

from tests.wfx.answers import EXECUTION_ID, execution
from wfx import tables


@pytest.mark.parametrize(("width", "is_whole"), [(120, True), (80, True), (50, False)])
def test_id_stays_in_one_piece_where_there_is_room(width: int, is_whole: bool) -> None:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(tables.executions([execution("completed")], width))
    assert (EXECUTION_ID in captured.get()) == is_whole
    assert "completed" in captured.get()
