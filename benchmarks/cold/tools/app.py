"""The least function with the tools that an endpoint has: a resolver that validates, and a client."""

import os
from typing import Annotated, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query
from botocore.session import get_session
from pydantic import BaseModel

logger = Logger(service="tools")
metrics = Metrics(namespace="tools", service="tools")
app = APIGatewayRestResolver(enable_validation=True)
dynamodb: Any = get_session().create_client("dynamodb")


class Wanted(BaseModel):
    version: int = 1


class Answer(BaseModel):
    name: str


@app.get("/workflows/<workflow_id>")
def get_workflow(workflow_id: str, query: Annotated[Wanted, Query()]) -> Answer:
    key = {"workflow_id": {"S": workflow_id}, "record": {"S": f"version#{query.version}"}}
    found = dynamodb.get_item(TableName=os.environ["WORKFLOWS_TABLE"], Key=key)
    return Answer(name=str(len(found)))


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    metrics.add_metric(name="Calls", unit="Count", value=1)
    return app.resolve(event, context)
