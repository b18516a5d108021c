"""`http`: sends a request."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.compiler.expressions import ExpressionError, analyse
from workflows.compiler.fields import (
    Check,
    Field,
    Fields,
    a_boolean,
    an_object,
    anything,
    integer,
    list_of,
    number,
    object_of,
    one_of,
    or_expression,
    read_fields,
    text,
    whole_expression,
)
from workflows.compiler.node_types.kind import Config, NodeType
from workflows.compiler.pointers import pointer_to
from workflows.compiler.templates import TemplateError, parse_template
from workflows.domain.errors import Problem
from workflows.domain.workflow import JsonValue

MAX_PAGES = 100
_DEFAULT_PAGES = 10

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BODIES = ("json", "form", "body")
_known_method = one_of(*_METHODS)
_status = integer(100, 599)


def _method_fault(value: JsonValue) -> str | None:
    return _known_method(value.upper() if isinstance(value, str) else value)


_method = Check(_method_fault, {"enum": [*_METHODS, *(method.lower() for method in _METHODS)]})


def _statuses_fault(value: JsonValue) -> str | None:
    is_list = isinstance(value, list) and value
    if not is_list or any(_status(status) for status in value):
        return "must be an array of HTTP statuses from 100 to 599"
    return None


_statuses = Check(_statuses_fault, {**list_of(_status.schema), "minItems": 1})


def _secret_fault(value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return "must be a string that names a secret, as in {{secrets.name}}"
    try:
        sources = [expression.source for expression in parse_template(value).expressions]
        names_one = any(analyse(source).secrets or analyse(source).names_no_secret for source in sources)
    except (TemplateError, ExpressionError):
        return None  # A problem of the expression, reported there.
    return None if names_one else "must be a secret: store it with PUT /secrets and name it {{secrets.name}}"


_secret = Check(_secret_fault, {"type": "string", "pattern": r"\{\{"})
# RFC 9110, section 5.6.2.
_header_name = text(1, 256, r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_AUTH_FIELDS: dict[str, Fields] = {
    "bearer": {"token": Field(_secret, "The token, a secret.", required=True)},
    "basic": {
        "username": Field(text(), "The user.", required=True),
        "password": Field(_secret, "The password, a secret.", required=True),
    },
    "header": {
        "name": Field(_header_name, "The header.", required=True),
        "value": Field(_secret, "Its value, a secret.", required=True),
    },
    "query": {
        "name": Field(text(1, 256), "The parameter.", required=True),
        "value": Field(_secret, "Its value, a secret.", required=True),
    },
}
_auth_type = one_of(*_AUTH_FIELDS)


def _type_field(*names: str) -> Field:
    return Field(one_of(*names), "How the secret is sent.", required=True)


def _auth_schema() -> JsonValue:
    return [object_of({"type": _type_field(name), **fields}) for name, fields in _AUTH_FIELDS.items()]


_auth = Check(an_object.fault, {"anyOf": _auth_schema()})

_PAGINATION_FIELDS = {
    "items": Field(
        whole_expression, "A page's items; `page` is that page's {status, headers, body}.", required=True
    ),
    "next_url": Field(
        whole_expression, 'The next page\'s URL; else by the header `Link: <...>; rel="next"`.'
    ),
    "next_query": Field(
        an_object, "Instead: parameters of the next page, in place of those of the same names."
    ),
    "max_pages": Field(
        integer(1, MAX_PAGES), "If there are more, `is_complete` is false.", default=_DEFAULT_PAGES
    ),
}
_pagination = Check(an_object.fault, object_of(_PAGINATION_FIELDS))


def _rules(config: Config) -> Iterator[Problem]:
    bodies = [name for name in _BODIES if name in config]
    for name in bodies[1:]:
        yield Problem(f"/{name}", f"give one body: {' or '.join(bodies)}")
    if isinstance(auth := config.get("auth"), dict):
        yield from _auth_problems(auth, config)
    if isinstance(pagination := config.get("pagination"), dict):
        yield from _pagination_problems(pagination, config)


def _auth_problems(auth: Config, config: Config) -> Iterator[Problem]:
    kind = auth.get("type")
    if not isinstance(kind, str) or kind not in _AUTH_FIELDS:
        yield Problem("/auth/type", f"type {_auth_type(kind)}")
        return
    values, problems = read_fields(auth, {"type": _type_field(kind), **_AUTH_FIELDS[kind]}, "/auth")
    yield from problems
    place = "query" if kind == "query" else "headers"
    name = values.get("name") if kind in ("header", "query") else "Authorization"
    given = config.get(place)
    for other in given if isinstance(given, dict) else ():
        is_same = other == name if kind == "query" else other.lower() == str(name).lower()
        if is_same:
            yield Problem(pointer_to(f"/{place}", other), "is what auth gives: leave out one of them")


def _pagination_problems(pagination: Config, config: Config) -> Iterator[Problem]:
    _, problems = read_fields(pagination, _PAGINATION_FIELDS, "/pagination")
    yield from problems
    following = pagination.get("next_query")
    if "next_url" in pagination and "next_query" in pagination:
        yield Problem("/pagination/next_query", "give either next_url or next_query, not both")
    elif following == {}:
        yield Problem("/pagination/next_query", "must name a parameter")
    auth = config.get("auth")
    if isinstance(auth, dict) and auth.get("type") == "query" and isinstance(following, dict):
        for name in following:
            if name == auth.get("name"):
                place = pointer_to("/pagination/next_query", name)
                yield Problem(place, "is what auth gives: leave out one of them")
    if config.get("as_file") is True:
        yield Problem("/as_file", "is not for pages, whose items become one list")


def _complete(config: Config) -> Config:
    complete = {**config, "method": config["method"].upper()}
    if "pagination" in config:
        complete["pagination"], _ = read_fields(config["pagination"], _PAGINATION_FIELDS, "")
    return complete


HTTP = NodeType(
    "http",
    "Sends an HTTP request.",
    "`{status, headers, body}`, with `file` for a file, `pages` and `is_complete` for pages",
    {
        "method": Field(_method, "The method.", default="GET"),
        "url": Field(text(), "An http or https URL.", required=True),
        "headers": Field(an_object, "Headers, by name.", default={}),
        "query": Field(an_object, "Parameters, by name; a list is one for each of its values.", default={}),
        "auth": Field(_auth, "A secret that is masked, and goes to no other origin."),
        "json": Field(anything, "A body: any value, as JSON."),
        "form": Field(
            or_expression(an_object), "Or a body sent as application/x-www-form-urlencoded, as query is."
        ),
        "body": Field(text(0), "Or a body of text."),
        "timeout_seconds": Field(
            number(0, 600, above=True), "How long all of it may take, files and pages too.", default=30
        ),
        "expect_status": Field(_statuses, "The statuses that are no failure; else those below 400."),
        "as_file": Field(a_boolean, "Whether any body becomes a file, not large ones alone."),
        "pagination": Field(_pagination, "How to gather the items of many pages."),
    },
    function="http",
    bound_seconds=lambda config: float(config["timeout_seconds"]),
    rules=_rules,
    complete=_complete,
    takes_secrets=True,
)
