"""AWS for one process that starts cold: moto on loopback, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber

from benchmarks.canned import FUNCTION_ANSWER, MODEL_ANSWER
from tests.integration.aws import REGION
from tests.loopback import Handler, Server, reply

_OTHER_HOSTS = {"s3": "s3.amazonaws.com"}
_CANNED = {"bedrock": MODEL_ANSWER, "lambda": FUNCTION_ANSWER}
"""By the service that a request is signed for."""


@contextmanager
def backend() -> Iterator[str]:
    """Answers by what this process has in moto, in a copy of it: what is changed there is not changed here.

    Yields:
        The URL at which all services answer.
    """
    server = Server(answers=[_answer])
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, args=(0.01,))
    process.start()
    server.server_close()
    try:
        yield server.url("")
    finally:
        process.kill()
        process.join()
        process.close()


def _answer(handler: Handler) -> None:
    # Credential=<key>/<day>/<region>/<service>/aws4_request
    scope = handler.headers.get("Authorization", "").split("/")
    if len(scope) < 4:
        reply()(handler)
        return
    service = scope[3]
    if service in _CANNED:
        reply(200, _CANNED[service], {"Content-Type": "application/json"})(handler)
        return
    host = _OTHER_HOSTS.get(service, f"{service}.{REGION}.amazonaws.com")
    headers = HTTPHeaders()
    for name, value in handler.headers.items():
        headers[name] = host if name.lower() == "host" else value
    body = handler.server.seen[-1].body
    request = AWSPreparedRequest(handler.command, f"https://{host}{handler.path}", headers, body, False)
    answered = botocore_stubber.process_request(request)
    assert answered is not None, f"moto knows no {service}"
    status, answer_headers, text = answered
    given = {name: str(value) for name, value in answer_headers.items() if name.lower() != "content-length"}
    reply(status, text.encode() if isinstance(text, str) else text, given)(handler)
