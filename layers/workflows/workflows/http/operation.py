"""What an endpoint's function says of itself, for the API's document (`tools/openapi`).

At run time it is plain data that nobody reads: no model is looked into, and nothing is imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from aws_lambda_powertools.event_handler import Response

from workflows.http.answer import Answer

Tag = Literal["workflows", "executions", "logs", "users", "secrets", "webhooks", "about"]
Body = type[Answer] | str
Answered = Body | tuple[Body, ...] | None
Handler = TypeVar("Handler", bound=Callable[..., Response[str]])


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, beside what its route and the handler's parameters say.

    Attributes:
        tag: What it is about.
        answers: What its answers that are no errors hold, by status; None: no body; a text: a body of that
            media type; several: one of them, as the request wants it.
        errors: The codes of those of its errors that not every endpoint has.
        anonymous: Whether callers may come without a token.
        reads: The headers of requests that it reads.
        tells: The headers of its answers that are no errors, beside those that all answers have.
    """

    tag: Tag
    answers: Mapping[HTTPStatus, Answered]
    errors: tuple[str, ...]
    anonymous: bool
    reads: tuple[str, ...]
    tells: tuple[str, ...]


_operations: dict[Callable[..., Any], Operation] = {}


def operation(
    tag: Tag,
    answers: Mapping[HTTPStatus, Answered],
    *errors: str,
    anonymous: bool = False,
    reads: tuple[str, ...] = (),
    tells: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare a handler's operation; the arguments are the attributes of `Operation`."""

    def declare(handler: Handler) -> Handler:
        _operations[handler] = Operation(tag, answers, errors, anonymous, reads, tells)
        return handler

    return declare


def operation_of(handler: Callable[..., Any]) -> Operation:
    """What a handler has declared.

    Raises:
        KeyError: Nothing.
    """
    return _operations[handler]
