"""Moto and botocore without what they would work out anew for each test and each call."""

from __future__ import annotations

from collections.abc import Generator
from copy import copy, deepcopy
from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader
from moto.core import models
from moto.core.config import default_user_config
from moto.core.model import Shape
from moto.core.serialize import AttributePickerContext, ResponseSerializer, XFormedAttributePicker
from moto.dynamodb.models.table import Table

# A mock empties moto's services; a session of boto3 holds nothing of theirs, and is dear to begin anew.
default_user_config["core"]["reset_boto3_session"] = False

# Each mock would register thousands of URLs for the library `requests`, which nothing here uses.
models.RESPONSES_METHODS.clear()

# The large models of botocore are read once.
_load_model = cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _, path: _load_model(path)  # type: ignore[method-assign, assignment]

_find_names = XFormedAttributePicker.get_possible_keys
_get_value = ResponseSerializer.get_value
_found_names: dict[tuple[type, Shape, str], tuple[str, ...]] = {}


def _remembered_names(
    picker: XFormedAttributePicker, context: AttributePickerContext
) -> Generator[str, None, None]:
    """By which names moto looks for a member of an answer: they hang on its place and the object's type."""
    place = (type(context.obj), context.shape, context.key)
    if place not in _found_names:
        _found_names[place] = tuple(dict.fromkeys(_find_names(picker, context)))
    yield from _found_names[place]


def _value(serializer: ResponseSerializer, value: Any, key: str, shape: Shape) -> Any:
    """A member of an answer; that of a mapping is looked up, and nothing more."""
    names = _found_names.get((dict, shape, key)) if type(value) is dict else None
    if names is None or serializer._value_picker.response_transformers:
        return _get_value(serializer, value, key, shape)
    return next((value[name] for name in names if name in value), None)


# Moto would spend a third of the tests' time on finding the same names again.
XFormedAttributePicker.get_possible_keys = _remembered_names  # type: ignore[method-assign, assignment]
ResponseSerializer.get_value = _value  # type: ignore[method-assign, assignment]


def _backup(table: Table, memo: dict[int, Any]) -> Table:
    """A table of its own with its items; the records of its stream, which nothing changes, are shared."""
    backup = copy(table)
    backup.items = deepcopy(table.items, memo)
    if table.stream_shard:
        backup.stream_shard = copy(table.stream_shard)
        backup.stream_shard.table = backup
        backup.stream_shard.items = list(table.stream_shard.items)
    return backup


# At each transaction moto copies the tables, to have them back should it fail: half the time of some tests.
Table.__deepcopy__ = _backup  # type: ignore[attr-defined]
