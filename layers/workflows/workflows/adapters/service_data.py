"""What botocore reads to make a client: here what that client needs, and nothing of other services.

Before it reads a service's model, it looks for those of all four hundred; and it reads the endpoints of all
services in all regions, although each service has rules that make its own. Both would take more than half of
the time in which a process makes its first client.
"""

from __future__ import annotations

from typing import Any

from botocore.loaders import Loader

SERVICES = (
    "apigateway",
    "bedrock-runtime",
    "dynamodb",
    "lambda",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "stepfunctions",
)
"""Those that we have clients of."""


class ServiceDataLoader(Loader):
    """Botocore's loader of the data that comes with it, for the services that we use."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 (botocore's signature)
        return list(SERVICES)

    def load_data_with_path(self, name: str) -> tuple[dict[str, Any], str]:
        if name != "endpoints":
            return super().load_data_with_path(name)
        partitions, path = super().load_data_with_path("partitions")
        return {"partitions": [_partition(each) for each in partitions["partitions"]]}, path


def _partition(described: dict[str, Any]) -> dict[str, Any]:
    """A partition without its services: hosts are named by the rule that holds where a service has none."""
    return {
        "partition": described["id"],
        "dnsSuffix": described["outputs"]["dnsSuffix"],
        "regionRegex": described["regionRegex"],
        "regions": described["regions"],
        "defaults": {
            "hostname": "{service}.{region}.{dnsSuffix}",
            "protocols": ["https"],
            "signatureVersions": ["v4"],
        },
        "services": {},
    }
