"""Runs segments with `agent` nodes: conversations with a language model, which may ask for tools."""

from functools import cache

from workflows.adapters.address_guard import AddressGuard
from workflows.adapters.environment import listed, required
from workflows.domain.conversation import Message, ModelRequest
from workflows.domain.errors import NodeError
from workflows.runtime.agent.dialogue import Dialogue
from workflows.runtime.agent.patience import Model, Patience
from workflows.runtime.agent.settings import endpoint_settings, required_setting, schema_setting, setting
from workflows.runtime.agent.toolbox import Toolbox
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome


def agent(context: NodeContext) -> Outcome:
    """Hold the conversation that the config describes.

    Raises:
        NodeError: The model may not be asked, cannot answer, or gives no fit answer.
    """
    name: str = required_setting(context, "model")
    model = _endpoint_model(context) if "endpoint" in context.node.config else _bedrock_model(name)
    patience = Patience(context)
    toolbox = Toolbox(context, context.node.config["tools"], patience)
    request = ModelRequest(
        model=name,
        messages=(Message("user", required_setting(context, "prompt")),),
        system=setting(context, "system_prompt"),
        tools=tuple(toolbox.offers.values()),
        temperature=setting(context, "temperature"),
        max_tokens=setting(context, "max_tokens"),
        answer_schema=schema_setting(context, context.node.config.get("output_schema"), "output_schema"),
    )
    dialogue = Dialogue(context, model, patience, toolbox, request, required_setting(context, "max_rounds"))
    output = dialogue.hold()
    return Outcome(output=output, usage=dialogue.usage.to_json())


def _bedrock_model(name: str) -> Model:
    """
    Raises:
        NodeError: The operator has not allowed the model of that name.
    """
    # By their ids, as definitions name them, or by their ARNs, which are what the function's policy says.
    allowed = listed("BEDROCK_MODELS")
    if name not in {*allowed, *(arn.partition("/")[2] for arn in allowed)}:
        detail = f"{name} is none of the models that this deployment allows (BedrockModels)"
        raise NodeError("agent_model_not_allowed", detail)
    # Each format's code is imported by those who speak it.
    from workflows.adapters.model_bedrock import converse

    return converse


def _endpoint_model(context: NodeContext) -> Model:
    from workflows.adapters.model_openai import Endpoint, complete

    url, api_key, headers = endpoint_settings(context)
    endpoint = Endpoint(url, _guard(), int(required("HTTP_MAX_BODY_BYTES")), api_key, headers)
    return lambda request, on_wait, seconds: complete(endpoint, request, on_wait, seconds, context.log.write)


@cache
def _guard() -> AddressGuard:
    return AddressGuard(frozenset(listed("HTTP_ALLOWED_HOSTS")))


lambda_handler = node_handler({"agent": agent})
