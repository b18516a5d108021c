"""An agent's config as it is once its expressions are evaluated."""

from __future__ import annotations

from typing import Any

from workflows.compiler.node_types.agent import VALUES
from workflows.domain.errors import NodeError
from workflows.domain.inputs_schema import schema_problems
from workflows.domain.workflow import JsonValue
from workflows.runtime.masks import names_secret
from workflows.runtime.node import NodeContext


def setting(context: NodeContext, name: str) -> Any:
    """A field of the config, checked again; None where it is not set.

    Raises:
        NodeError: `agent_config_invalid`: it has become what the config must not hold.
    """
    value = context.field(name)
    if value is not None and (detail := VALUES[name](value)):
        raise NodeError("agent_config_invalid", f"{name} {detail}")
    return value


def required_setting(context: NodeContext, name: str) -> Any:
    """The same of a field that must be there."""
    value = setting(context, name)
    if value is None:
        raise NodeError("agent_config_invalid", f"{name} is missing: its expression gives nothing")
    return value


def schema_setting(context: NodeContext, given: JsonValue, name: str) -> Any:
    """A JSON Schema in the config, checked again if an expression has made a part of it."""
    schema = context.resolve(given, name)
    if schema != given and (problems := schema_problems(schema, name)):
        raise NodeError("agent_config_invalid", f"{problems[0].pointer}: {problems[0].detail}")
    return schema


def endpoint_settings(context: NodeContext) -> tuple[str, str | None, dict[str, str]]:
    """The endpoint's URL, API key and headers. What proves someone is masked from here on."""
    given = context.field("endpoint")
    url, api_key = given["url"], given.get("api_key")
    headers = given.get("headers") or {}
    if not isinstance(url, str) or not url:
        raise NodeError("agent_config_invalid", "endpoint.url must be a string that is not empty")
    if "api_key" in given and (not isinstance(api_key, str) or not api_key):
        raise NodeError("agent_config_invalid", "endpoint.api_key must be a string that is not empty")
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise NodeError("agent_config_invalid", "endpoint.headers must be an object of strings")
    if api_key is not None:
        context.log.masks.add(api_key)
    for name, value in headers.items():
        if names_secret(name):
            context.log.masks.add(value)
            # Of "Bearer abc", what is secret is the second.
            context.log.masks.add(value.rpartition(" ")[2])
    return url, api_key, headers
