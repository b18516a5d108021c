"""GET /users: all users, by id."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from workflows.http.caller import caller
from workflows.http.requests import ListUsersQuery
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.schemas import UserAnswer
from workflows.services.users import users

app = build_resolver()


@app.get("/users", middlewares=[only_parameters(ListUsersQuery)])
def list_users(query: Annotated[ListUsersQuery, Query()]) -> Response[str]:
    page = users().page(caller(app), query.cursor, query.limit)
    answer = {
        "users": [UserAnswer.of(user).to_json() for user in page.users],
        "limit": query.limit,
        "next_cursor": page.next_cursor,
    }
    return json_response(HTTPStatus.OK, answer)


lambda_handler = handler(app)
