from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.session import Session, get_session

from workflows.adapters.service_data import ServiceDataLoader

PACKAGE = Path(__file__).parents[3] / "layers" / "workflows" / "workflows"
S3 = Config(
    signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
)
"""As that of our client of S3."""

OPERATIONS = {
    "apigateway": "get_rest_apis",
    "bedrock-runtime": "list_async_invokes",
    "dynamodb": "list_tables",
    "lambda": "list_functions",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "stepfunctions": "list_state_machines",
}
"""Of each service that we have a client of, one that needs no arguments."""

PLACES = (
    ("us-east-1", Config()),
    ("eu-central-1", Config()),
    ("us-gov-west-1", Config()),
    ("cn-north-1", Config()),
    ("us-east-1", Config(use_fips_endpoint=True)),
    ("us-east-1", Config(use_dualstack_endpoint=True)),
    ("us-gov-west-1", Config(use_fips_endpoint=True, use_dualstack_endpoint=True)),
)
PLACE_NAMES = ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "fips", "dualstack", "both")


class Sent(Exception):
    """What a client was about to send."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__(request.url)
        self.request = request


@pytest.fixture(scope="module")
def all_data() -> Session:
    return get_session()


@pytest.fixture(scope="module")
def ours() -> Session:
    session = get_session()
    session.register_component("data_loader", ServiceDataLoader())
    return session


def made(session: Session, service: str, region: str, config: Config) -> Any:
    config = config.merge(S3) if service == "s3" else config
    client: Any = session.create_client(
        service, region, config=config, aws_access_key_id="id", aws_secret_access_key="secret"
    )
    return client


def sent(client: Any, service: str) -> tuple[str, str]:
    """Where a client sends a request, and for which region and service it signs it."""

    def keep(request: AWSPreparedRequest, **_: Any) -> NoReturn:
        raise Sent(request)

    client.meta.events.register("before-send", keep)
    with pytest.raises(Sent) as caught:
        getattr(client, OPERATIONS[service])()
    request = caught.value.request
    signature = request.headers["Authorization"]
    text = signature.decode() if isinstance(signature, bytes) else signature
    (scope,) = re.findall(r"Credential=id/\d+/([^,]+),", text)
    return request.url, scope


@pytest.mark.parametrize(("region", "config"), PLACES, ids=PLACE_NAMES)
@pytest.mark.parametrize("service", OPERATIONS)
def test_requests_go_where_they_do_with_the_data_of_all_services(
    all_data: Session, ours: Session, service: str, region: str, config: Config
) -> None:
    expected, found = (sent(made(each, service, region, config), service) for each in (all_data, ours))
    assert found == expected


@pytest.mark.parametrize(("region", "config"), PLACES, ids=PLACE_NAMES)
def test_link_to_an_object_leads_where_it_does_with_the_data_of_all_services(
    all_data: Session, ours: Session, region: str, config: Config
) -> None:
    wanted = {"Bucket": "bucket-1", "Key": "a/b"}
    links = [
        made(session, "s3", region, config).generate_presigned_url("get_object", wanted)
        for session in (all_data, ours)
    ]
    expected, found = (link.partition("?")[0] for link in links)
    assert found == expected


def test_services_that_are_tried_are_those_that_we_have_clients_of() -> None:
    sources = (path.read_text() for path in PACKAGE.rglob("*.py"))
    used = {name for source in sources for name in re.findall(r'\bclient\(\s*"([a-z0-9-]+)"', source)}
    assert used == set(OPERATIONS)


def test_node_types_that_are_added_may_have_clients_of_other_services(ours: Session) -> None:
    client = made(ours, "sns", "us-east-1", Config())
    assert client.meta.endpoint_url == "https://sns.us-east-1.amazonaws.com"


def test_service_that_there_is_not_is_unknown(ours: Session) -> None:
    with pytest.raises(UnknownServiceError):
        made(ours, "no-such", "us-east-1", Config())
