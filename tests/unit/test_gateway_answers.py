"""What API Gateway answers by itself, as the template says: preflights, and errors in the shape of ours."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

import pytest

from local.template import read_template
from workflows.http.caller import EXECUTION_SECRET_HEADER
from workflows.http.conditional import IF_NONE_MATCH
from workflows.http.cors import EXPOSED_HEADERS
from workflows.http.idempotency import IDEMPOTENCY_KEY
from workflows.http.problem import PROBLEM_JSON
from workflows.http.response import COMMON_HEADERS

RESOURCES: dict[str, Any] = read_template()["Resources"]


def where_allowed(value: Any) -> dict[str, Any]:
    """The value where pages of another origin may call; else nothing."""
    return {"Fn::If": ["AllowsCors", value, {"Ref": "AWS::NoValue"}]}


def test_preflight_allows_every_header_that_the_api_reads_and_asks_for_no_credential() -> None:
    api = RESOURCES["Api"]["Properties"]
    headers = {"Authorization", "Content-Type", IDEMPOTENCY_KEY, IF_NONE_MATCH, EXECUTION_SECRET_HEADER}

    assert api["Cors"]["AllowOrigin"] == where_allowed({"Fn::Sub": "'${CorsAllowOrigin}'"})
    assert set(api["Cors"]["AllowHeaders"].strip("'").split(", ")) == headers
    assert "AllowMethods" not in api["Cors"], "SAM lists the methods of each path"
    assert "AllowCredentials" not in api["Cors"]
    assert api["Auth"]["AddDefaultAuthorizerToCorsPreflight"] is False
    assert api["Auth"]["AddApiKeyRequiredToCorsPreflight"] is False


@pytest.mark.parametrize(
    ("origin", "is_good"),
    [
        ("", True),
        ("*", True),
        ("https://app.example.com", True),
        ("http://localhost:3000", True),
        ("https://app.example.com/", False),
        ("https://*.example.com", False),
        ("https://a.example, https://b.example", False),
        ("https://a.example'", False),
        ("null", False),
    ],
)
def test_origin_is_one_all_or_none(origin: str, is_good: bool) -> None:
    pattern = read_template()["Parameters"]["CorsAllowOrigin"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origin)) == is_good


GATEWAY_RESPONSES: dict[str, Any] = RESOURCES["Api"]["Properties"]["GatewayResponses"]
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html, and
# what it may say beside the headers of all answers.
GATEWAY_RESPONSE_TYPES: dict[str, tuple[int | None, set[str]]] = {
    "ACCESS_DENIED": (403, set()),
    "API_CONFIGURATION_ERROR": (500, set()),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, set()),
    "AUTHORIZER_FAILURE": (503, {"Retry-After"}),
    "BAD_REQUEST_BODY": (400, set()),
    "BAD_REQUEST_PARAMETERS": (400, set()),
    "DEFAULT_4XX": (None, set()),
    "DEFAULT_5XX": (None, set()),
    "EXPIRED_TOKEN": (404, set()),
    "INTEGRATION_FAILURE": (504, {"Retry-After"}),
    "INTEGRATION_TIMEOUT": (504, {"Retry-After"}),
    "INVALID_API_KEY": (403, set()),
    "INVALID_SIGNATURE": (404, set()),
    "MISSING_AUTHENTICATION_TOKEN": (404, set()),
    "QUOTA_EXCEEDED": (429, {"Retry-After"}),
    "REQUEST_TOO_LARGE": (413, set()),
    "RESOURCE_NOT_FOUND": (404, set()),
    "THROTTLED": (429, {"Retry-After"}),
    "UNAUTHORIZED": (401, {"WWW-Authenticate"}),
    "UNSUPPORTED_MEDIA_TYPE": (415, set()),
    "WAF_FILTERED": (429, {"Retry-After"}),
}


def test_every_error_of_the_gateway_has_an_answer_of_ours() -> None:
    assert GATEWAY_RESPONSES.keys() == GATEWAY_RESPONSE_TYPES.keys()


@pytest.mark.parametrize("response_type", GATEWAY_RESPONSES)
def test_error_of_the_gateway_is_a_problem(response_type: str) -> None:
    response = GATEWAY_RESPONSES[response_type]
    status, _ = GATEWAY_RESPONSE_TYPES[response_type]
    assert response["ResponseTemplates"].keys() == {"application/json"}
    problem = json.loads(response["ResponseTemplates"]["application/json"])

    assert response.get("StatusCode") == status
    assert problem.get("status") == status
    assert ("status" in problem) == (status is not None)
    assert problem.keys() - {"status"} == {"type", "title", "detail", "instance", "error_code"}
    if status is not None:
        # By RFC 9110's name, as Python calls it from 3.13 on.
        assert problem["title"] in {HTTPStatus(status).phrase, "Content Too Large"}


@pytest.mark.parametrize("response_type", GATEWAY_RESPONSES)
def test_error_of_the_gateway_has_the_headers_of_our_answers(response_type: str) -> None:
    headers = GATEWAY_RESPONSES[response_type]["ResponseParameters"]["Headers"]
    _, further = GATEWAY_RESPONSE_TYPES[response_type]
    common = {**COMMON_HEADERS, "Content-Type": PROBLEM_JSON}
    cors = {
        "Access-Control-Allow-Origin": where_allowed({"Fn::Sub": "'${CorsAllowOrigin}'"}),
        "Access-Control-Expose-Headers": where_allowed(f"'{EXPOSED_HEADERS}'"),
    }

    assert headers.keys() == common.keys() | cors.keys() | further
    assert {name: headers[name] for name in common} == {name: f"'{value}'" for name, value in common.items()}
    assert {name: headers[name] for name in cors} == cors


@pytest.mark.parametrize("response_type", GATEWAY_RESPONSES)
def test_error_of_the_gateway_repeats_nothing_that_the_caller_sent(response_type: str) -> None:
    """Not even by $context.error.message: it can quote a header."""
    response = GATEWAY_RESPONSES[response_type]
    variables = re.findall(r"\$[\w.{]*", response["ResponseTemplates"]["application/json"])

    assert variables == ["$context.requestId"]
    assert response["ResponseParameters"].keys() == {"Headers"}
