"""What requests' schemas tell callers is what is checked."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from workflows.domain.loop import iteration_path, places
from workflows.domain.secret import value_fault
from workflows.http.requests import (
    CompleteNodeBody,
    CreateTokenBody,
    CreateUserBody,
    ExecuteBody,
    ListExecutionsQuery,
    PutSecretBody,
)


def fits(model: type[BaseModel], body: dict[str, Any]) -> bool:
    judge = jsonschema_rs.Draft202012Validator(model.model_json_schema(), validate_formats=True)
    return judge.is_valid(body)


def is_taken(model: type[BaseModel], body: dict[str, Any]) -> bool:
    try:
        model(**body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("number", [1, 2.0, 366, 0, 2.5, 367, "2", True, None, float(10**20)])
def test_whole_numbers_are_those_of_json_schema(number: Any) -> None:
    body = {"name": "laptop", "expires_in_days": number}
    assert is_taken(CreateTokenBody, body) == fits(CreateTokenBody, body)
    assert is_taken(ExecuteBody, {"version": number}) == fits(ExecuteBody, {"version": number})


@given(st.text("abz09._@+-A \n", max_size=66) | st.text("abz09._@+-", min_size=60, max_size=66))
def test_user_ids_are_those_of_the_schema(user_id: str) -> None:
    body = {"user_id": user_id}
    assert is_taken(CreateUserBody, body) == fits(CreateUserBody, body)


@given(st.text("ab[]/019", max_size=12) | st.from_regex(r"([^/\[]+\[[0-9]+\]/)*", fullmatch=True))
def test_paths_are_those_of_the_schema(path: str) -> None:
    """Whoever puts the steps of a path together has it again, if it is one."""
    together = "".join(iteration_path("", place.loop_id, place.index) for place in places(path))
    is_path = fits(CompleteNodeBody, {"decision": "approved", "path": path})
    assert is_path or together != path
    assert not is_path or len(together) <= len(path)


@given(st.text(" \t\nab{}", max_size=14))
def test_what_the_schema_takes_for_a_secret_is_one_unless_aws_would_read_it(value: str) -> None:
    fault = value_fault(value)
    assert fits(PutSecretBody, {"value": value}) == (fault is None or "{{" in fault)


@pytest.mark.parametrize("offset", [0, 10_000, 10_001, -1])
def test_offsets_are_those_of_the_schema(offset: int) -> None:
    query = {"offset": offset}
    assert is_taken(ListExecutionsQuery, query) == fits(ListExecutionsQuery, query)
