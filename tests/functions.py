"""The functions as Lambda calls them: by file, with the sample events of `events/`."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]


class LambdaContext:
    """What the Python runtime passes beside the event."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def __init__(self, seconds_left: float = 60.0) -> None:
        self._seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds_left * 1000)


@cache
def load(folder: str) -> ModuleType:
    """The `app.py` of `functions/<folder>`, imported once."""
    path = ROOT / "functions" / folder / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions_{folder.replace('/', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def invoke(folder: str, event: dict[str, Any], seconds_left: float = 60.0) -> Any:
    """What a function answers."""
    return load(folder).lambda_handler(event, LambdaContext(seconds_left))


def sample_event(name: str) -> dict[str, Any]:
    """The event `events/<name>.json`."""
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event
