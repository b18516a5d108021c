"""`lambda`: invokes a function of AWS Lambda, and waits for its answer."""

from __future__ import annotations

from workflows.compiler.fields import Field, anything, number, or_expression, text
from workflows.compiler.node_types.kind import NodeType
from workflows.domain.allow_lists import FUNCTION_NAME

_MAX_SECONDS = 840
"""A Lambda function may take 900, and so may the one that waits for it, which needs some before and after."""

LAMBDA = NodeType(
    "lambda",
    "Invokes a Lambda function.",
    "the function's answer",
    {
        "function_name": Field(
            or_expression(text(1, 193, FUNCTION_NAME)),
            "Its name, with `:alias` or not; no ARN.",
            required=True,
        ),
        "payload": Field(anything, "The event that it gets.", default={}),
        "timeout_seconds": Field(
            number(0, _MAX_SECONDS, above=True), "How long to wait for the answer.", default=60
        ),
    },
    function="lambda",
    bound_seconds=lambda config: float(config["timeout_seconds"]),
    takes_secrets=True,
)
