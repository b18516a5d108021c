"""In which format a graph is drawn, and that answers are not larger than Lambda lets them be."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from aws_lambda_powertools.event_handler import Response

from workflows.domain.errors import TooLarge
from workflows.http.graph_formats import fitting, format_of
from workflows.http.response import text_response

LAMBDA_BYTES = 6 * 1024 * 1024


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "svg"),
        ("", "svg"),
        ("text/html", "svg"),
        ("*/*, application/json", "json"),
        ("Application/JSON; charset=utf-8", "json"),
        ("text/vnd.mermaid;q=0.5, image/svg+xml", "mermaid"),
    ],
)
def test_format_is_the_first_that_is_accepted(accept: str | None, expected: str) -> None:
    assert format_of(accept) == expected


@pytest.mark.parametrize("character", ["x", '"', "\N{SNOWMAN}"])
def test_answer_that_lambda_would_not_give_is_a_problem(character: str) -> None:
    in_json = len(json.dumps(character)) - 2

    def answer(size: int) -> Response[str]:
        return fitting(text_response(character * (size // in_json), "image/svg+xml"))

    assert answer(5_800_000).status_code == HTTPStatus.OK
    with pytest.raises(TooLarge, match="mermaid"):
        answer(LAMBDA_BYTES)
