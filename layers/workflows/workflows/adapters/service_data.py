"""What botocore reads to make a client: here what that client needs, and nothing of other services.

Before it reads a service's model, it looks for those of all four hundred; and it reads the endpoints of all
services in all regions, although each service has rules that make its own. Both would take more than half of
the time in which a process makes its first client.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from botocore.loaders import Loader


class ServiceDataLoader(Loader):
    """Botocore's loader of the data that comes with it."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 (botocore's signature)
        """The services that have data; whether it has this type is known when it is read."""
        return _folders()

    def load_data_with_path(self, name: str) -> tuple[dict[str, Any], str]:
        if name != "endpoints":
            return super().load_data_with_path(name)
        partitions, path = super().load_data_with_path("partitions")
        return {"partitions": [_partition(each) for each in partitions["partitions"]]}, path


@cache
def _folders() -> list[str]:
    _, folders, _ = next(os.walk(Loader.BUILTIN_DATA_PATH))
    return folders


def _partition(described: dict[str, Any]) -> dict[str, Any]:
    """A partition without its services: hosts are named by the rule that holds where a service has none."""
    suffix, dual_stack_suffix = (described["outputs"][name] for name in ("dnsSuffix", "dualStackDnsSuffix"))
    return {
        "partition": described["id"],
        "dnsSuffix": suffix,
        "regionRegex": described["regionRegex"],
        "regions": described["regions"],
        "defaults": {
            "hostname": "{service}.{region}.{dnsSuffix}",
            "protocols": ["https"],
            "signatureVersions": ["v4"],
            # A client is refused where somebody has asked for a variant that its partition does not have.
            "variants": [
                _variant("{service}-fips.{region}.{dnsSuffix}", suffix, "fips"),
                _variant("{service}.{region}.{dnsSuffix}", dual_stack_suffix, "dualstack"),
                _variant("{service}-fips.{region}.{dnsSuffix}", dual_stack_suffix, "dualstack", "fips"),
            ],
        },
        "services": {},
    }


def _variant(hostname: str, suffix: str, *tags: str) -> dict[str, Any]:
    return {"hostname": hostname, "dnsSuffix": suffix, "tags": list(tags)}
