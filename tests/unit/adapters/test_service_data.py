from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session, get_session

from workflows.adapters.service_data import SERVICES, ServiceDataLoader

PACKAGE = Path(__file__).parents[3] / "layers" / "workflows" / "workflows"
REGIONS = ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1")
CONFIG = Config(
    signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
)
"""As that of our client of S3."""


@pytest.fixture(scope="module")
def all_data() -> Session:
    return get_session()


@pytest.fixture(scope="module")
def ours() -> Session:
    session = get_session()
    session.register_component("data_loader", ServiceDataLoader())
    return session


def made(session: Session, service: str, region: str) -> Any:
    config = CONFIG if service == "s3" else None
    return session.create_client(
        service, region, config=config, aws_access_key_id="id", aws_secret_access_key="secret"
    )


def described(client: Any) -> Iterator[object]:
    """Where a client sends its requests, and how it signs them."""
    signer = client._request_signer
    yield from (client.meta.endpoint_url, client.meta.region_name, client.meta.partition)
    yield from (signer.region_name, signer.signing_name, signer.signature_version)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", SERVICES)
def test_client_is_what_it_is_with_the_data_of_all_services(
    all_data: Session, ours: Session, service: str, region: str
) -> None:
    expected, found = (made(session, service, region) for session in (all_data, ours))
    assert list(described(found)) == list(described(expected))


@pytest.mark.parametrize("region", REGIONS)
def test_link_to_an_object_leads_where_it_does_with_the_data_of_all_services(
    all_data: Session, ours: Session, region: str
) -> None:
    links = [
        made(session, "s3", region).generate_presigned_url("get_object", {"Bucket": "bucket-1", "Key": "a/b"})
        for session in (all_data, ours)
    ]
    expected, found = (link.partition("?")[0] for link in links)
    assert found == expected


def test_services_are_those_that_we_have_clients_of() -> None:
    sources = (path.read_text() for path in PACKAGE.rglob("*.py"))
    used = {name for source in sources for name in re.findall(r'\bclient\(\s*"([a-z0-9-]+)"', source)}
    assert used == set(SERVICES)
