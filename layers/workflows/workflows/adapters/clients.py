"""AWS clients: botocore without boto3, which would cost a cold start a tenth more."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore import __version__
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from workflows.adapters.service_data import ServiceDataLoader
from workflows.domain.errors import Unavailable

if TYPE_CHECKING:
    from botocore.session import Session

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=2,
    read_timeout=10,
    # Botocore's own has a dozen parts, and is made anew twice a call, which is an eighth of its work.
    user_agent=f"workflow-execution-api Botocore/{__version__}",
)
_SERVICE_CONFIG = {
    # It answers within milliseconds, and a node's lease runs on while one waits for it.
    "dynamodb": _CONFIG.merge(Config(connect_timeout=1, read_timeout=2)),
    "ssm": _CONFIG.merge(Config(connect_timeout=1, read_timeout=3)),
    "s3": _CONFIG.merge(
        Config(
            # Links signed by the older scheme are refused for encrypted objects and in newer regions.
            signature_version="s3v4",
            # By default links lead to the endpoint of all regions, which redirects for a new bucket's first
            # hours: to another host than the one that is signed.
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        )
    ),
}


SERVICE_FAILURES: tuple[type[Exception], ...] = (ClientError, BotoCoreError, Unavailable)
"""What a call raises when a service refuses, fails or does not answer."""


@cache
def _session() -> Session:
    session = get_session()
    session.register_component("data_loader", ServiceDataLoader())
    return session


@cache
def client(service: str, *, once: bool = False, read_timeout_seconds: int | None = None) -> Any:
    """The process's client of an AWS service, e.g. `dynamodb`; made at first use, then shared.

    Args:
        once: Whether its calls are tried once, and the caller tries again.
        read_timeout_seconds: How long an answer may take, if not what is usual.
    """
    config = _SERVICE_CONFIG.get(service, _CONFIG)
    if once:
        config = config.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
    if read_timeout_seconds is not None:
        config = config.merge(Config(read_timeout=read_timeout_seconds, tcp_keepalive=True))
    return _session().create_client(service, config=config)
