"""Answers of custom resources
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html)."""

from __future__ import annotations

import json
from typing import Literal, TypedDict

import urllib3

_TIMEOUT_SECONDS = 10


class CustomResourceRequest(TypedDict):
    """What CloudFormation sends, as far as we read it."""

    RequestType: Literal["Create", "Update", "Delete"]
    ResponseURL: str
    StackId: str
    RequestId: str
    LogicalResourceId: str


def answer_cloudformation(
    request: CustomResourceRequest, physical_id: str, failure: str | None = None
) -> None:
    """Tell CloudFormation, which else waits for an hour, how a request went.

    Args:
        physical_id: What the resource is called from here on.
        failure: Why it went wrong; None: it did not.
    """
    answer = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": failure or "done",
        "PhysicalResourceId": physical_id,
        "StackId": request["StackId"],
        "RequestId": request["RequestId"],
        "LogicalResourceId": request["LogicalResourceId"],
    }
    # The URL is signed without a content type.
    urllib3.request(
        "PUT",
        request["ResponseURL"],
        body=json.dumps(answer).encode(),
        headers={"Content-Type": ""},
        timeout=_TIMEOUT_SECONDS,
        retries=3,
    )
