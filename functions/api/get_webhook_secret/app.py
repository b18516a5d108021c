"""GET /webhook-secret: what the caller's receivers verify webhooks with."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from workflows.http.caller import caller
from workflows.http.operation import operation
from workflows.http.requests import Request
from workflows.http.resolver import build_resolver, handler, only_parameters
from workflows.http.response import json_response
from workflows.http.user_schemas import WebhookSecretAnswer
from workflows.services.webhooks import webhook_secret

app = build_resolver(validates=False)


@app.get("/webhook-secret", middlewares=[only_parameters(Request)])
@operation("webhooks", {HTTPStatus.OK: WebhookSecretAnswer})
def get_webhook_secret() -> Response[str]:
    return json_response(HTTPStatus.OK, WebhookSecretAnswer(webhook_secret=webhook_secret(caller(app))))


lambda_handler = handler(app)
