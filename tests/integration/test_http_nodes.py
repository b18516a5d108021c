"""`http` nodes: credentials, bodies, files and pages, against servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from tests.functions import invoke, load
from tests.integration.aws import ENVIRONMENT, aws_client, create_buckets
from tests.integration.conftest import World, flow
from tests.integration.state_machine import ExecutionFailed
from tests.loopback import Answer, Handler, MakeServer, drop, raw, redirect, reply, reply_json
from workflows.compiler.normalise import normalise
from workflows.domain.errors import NodeError
from workflows.domain.node_record import NodeRecord
from workflows.runtime import secrets as runtime_secrets
from workflows.runtime.masks import Masks
from workflows.runtime.node import NodeContext

SECRET = "correct horse battery"
LARGE = bytes(range(256)) * 24_000  # Of 6 MB, which is two parts, and no text.


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    runtime_secrets._cache.clear()


@pytest.fixture
def small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_MAX_BODY_BYTES", "1000")
    monkeypatch.setenv("HTTP_MAX_FILE_BYTES", "7000000")


def put_secret(world: World) -> None:
    assert world.call("put_secret", path={"name": "key"}, body={"value": SECRET}).status == 201


def call(url: str, **config: Any) -> dict[str, Any]:
    return flow({"id": "call", "type": "http", "config": {"url": url, **config}}, edges=[])


def execute(world: World, definition: dict[str, Any], **inputs: Any) -> str:
    execution_id = world.accept(world.save(definition), inputs)
    try:
        world.finish(execution_id)
    except ExecutionFailed:
        assert world.get(execution_id)["status"] == "failed"
    return execution_id


def result(world: World, definition: dict[str, Any], **inputs: Any) -> Any:
    found = world.get(execute(world, definition, **inputs))
    assert found["status"] == "completed", found
    return found["result"]


def error(world: World, definition: dict[str, Any], **inputs: Any) -> dict[str, str]:
    found: dict[str, str] = world.get(execute(world, definition, **inputs))["error"]
    return found


def node(world: World, execution_id: str, node_id: str = "call", **caller: Any) -> Any:
    path = {"execution_id": execution_id, "node_id": node_id}
    return world.call("get_node", path=path, **caller)


def stored_keys() -> list[str]:
    found = aws_client("s3").list_objects_v2(Bucket=ENVIRONMENT["DATA_BUCKET"], Prefix="files/")
    return [each["Key"] for each in found.get("Contents", [])]


def unfinished_uploads() -> list[Any]:
    found: list[Any] = (
        aws_client("s3").list_multipart_uploads(Bucket=ENVIRONMENT["DATA_BUCKET"]).get("Uploads", [])
    )
    return found


class Lone:
    """Runs single `http` nodes: their own function, with a bucket, and no execution around them."""

    def result(self, definition: dict[str, Any], **inputs: Any) -> Any:
        node = normalise(definition).nodes[0]
        data = {"inputs": inputs, "variables": {}, "secrets": {"key": SECRET}}
        environment: Any = SimpleNamespace(
            spec=SimpleNamespace(secrets=("key",) if "secrets." in json.dumps(definition) else ()),
            snapshot=SimpleNamespace(execution=SimpleNamespace(execution_id="e")),
            path="",
            secret_masks=Masks(),
            lookup_with=lambda known: lambda _: {**data, **known},
        )
        log: Any = SimpleNamespace(masks=Masks(), write=lambda *_: None, tick=lambda: None)
        # As the guard does with what it reads.
        log.masks.add(SECRET)
        environment.secret_masks.add(SECRET)
        cancellation: Any = SimpleNamespace(check=lambda: None)
        record = NodeRecord("e", "call", "running")
        context = NodeContext(
            node=node,
            record=record,
            environment=environment,
            log=log,
            deadline=time.time() + 60,
            bound_seconds=30,
            idempotency_key="e/call",
            cancellation=cancellation,
        )
        return load("nodes/http").http(context).output

    def error(self, definition: dict[str, Any], **inputs: Any) -> dict[str, str]:
        with pytest.raises(NodeError) as caught:
            self.result(definition, **inputs)
        return {"code": caught.value.code, "message": caught.value.detail}


@pytest.fixture
def lone() -> Iterator[Lone]:
    with mock_aws():
        create_buckets()
        yield Lone()


# Credentials


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"type": "bearer", "token": "{{secrets.key}}"}, "Authorization", f"Bearer {SECRET}"),
        (
            {"type": "basic", "username": "{{inputs.user}}", "password": "{{secrets.key}}"},
            "Authorization",
            "Basic " + base64.b64encode(f"zoë:{SECRET}".encode()).decode(),
        ),
        ({"type": "header", "name": "X-Api-Key", "value": "k {{secrets.key}}"}, "X-Api-Key", f"k {SECRET}"),
    ],
    ids=["bearer", "basic", "header"],
)
def test_credentials_are_sent_and_shown_nowhere(
    world: World, make_server: MakeServer, auth: dict[str, str], header: str, value: str
) -> None:
    put_secret(world)
    server = make_server(reply_json(200, {"echo": value}))
    execution_id = execute(world, call(server.url(), auth=auth), user="zoë")
    assert server.seen[0].headers[header] == value
    log = world.call("list_logs", path={"execution_id": execution_id}).text
    for text in (node(world, execution_id).text, log):
        assert "completed" in text
        assert SECRET not in text
        assert base64.b64encode(SECRET.encode()).decode() not in text


def test_credential_in_the_query_is_sent_and_shown_nowhere(world: World, make_server: MakeServer) -> None:
    put_secret(world)
    server = make_server(reply(404))
    definition = call(
        server.url("/a"), query={"q": 1}, auth={"type": "query", "name": "k", "value": "{{secrets.key}}"}
    )
    execution_id = execute(world, definition)
    assert server.seen[0].path == "/a?q=1&k=correct+horse+battery"
    shown = world.get(execution_id)
    assert shown["error"]["code"] == "http_status"
    assert (
        "horse" not in json.dumps(shown) + world.call("list_logs", path={"execution_id": execution_id}).text
    )


@pytest.mark.parametrize(
    ("auth", "detail"),
    [
        (
            {"type": "bearer", "token": "{{$substring(secrets.key, 99)}}"},
            "auth.token: it gives no text",
        ),
        (
            {"type": "basic", "username": "a:b", "password": "{{secrets.key}}"},
            "auth.username: it holds a colon",
        ),
    ],
)
def test_credential_that_is_none_fails_the_node(
    lone: Lone, make_server: MakeServer, auth: dict[str, str], detail: str
) -> None:
    server = make_server()
    found = lone.error(call(server.url(), auth=auth))
    assert (found["code"], found["message"]) == ("http_auth_invalid", detail)
    assert not server.seen


def test_credential_with_a_line_break_injects_no_header(world: World, make_server: MakeServer) -> None:
    assert world.call("put_secret", path={"name": "key"}, body={"value": "first\r\nX-Evil: 1"}).status == 201
    server = make_server()
    found = error(world, call(server.url(), auth={"type": "bearer", "token": "{{secrets.key}}"}))
    assert found["code"] == "http_header_invalid"
    assert "Evil" not in found["message"]
    assert not server.seen


# Bodies


def test_form_is_encoded(lone: Lone, make_server: MakeServer) -> None:
    server = make_server()
    form = {"a b": "ü&=", "list": [1, "two", None], "object": {"x": True}, "n": "{{inputs.n}}", "none": None}
    lone.result(call(server.url(), method="POST", form=form), n=5)
    (seen,) = server.seen
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert seen.body == b"a+b=%C3%BC%26%3D&list=1&list=two&list=&object=%7B%22x%22%3Atrue%7D&n=5&none="


def test_form_may_be_an_expression_that_gives_an_object(lone: Lone, make_server: MakeServer) -> None:
    server = make_server()
    definition = call(server.url(), method="POST", form="{{inputs.form}}", headers={"content-type": "a/b"})
    lone.result(definition, form={"a": 1})
    assert (server.seen[0].body, server.seen[0].headers["Content-Type"]) == (b"a=1", "a/b")
    found = lone.error(definition, form=[1])
    assert (found["code"], found["message"]) == ("http_field_invalid", "form is not an object")


# Files


def test_large_body_is_a_file_that_links_lead_to(
    world: World, make_server: MakeServer, small_bodies: None
) -> None:
    server = make_server(reply(200, LARGE, {"Content-Type": "image/png"}))
    execution_id = execute(world, call(server.url()))
    shown = node(world, execution_id)
    assert shown.status == 200, shown.text
    digest = hashlib.sha256(LARGE).hexdigest()
    assert shown.json["output"]["body"] is None
    assert shown.json["output"]["file"] == {
        "key": f"files/{execution_id}/call",
        "bytes": len(LARGE),
        "content_type": "image/png",
        "sha256": digest,
    }
    (file,) = shown.json["files"]
    url = file.pop("url")
    assert file == {
        "name": f"execution-{execution_id}-call.png",
        "bytes": len(LARGE),
        "content_type": "image/png",
        "sha256": digest,
    }
    assert f"files/{execution_id}/call?" in url
    body = aws_client("s3").get_object(Bucket=ENVIRONMENT["DATA_BUCKET"], Key=f"files/{execution_id}/call")
    assert body["Body"].read() == LARGE
    assert body["ContentType"] == "image/png"
    assert not unfinished_uploads()


@pytest.mark.parametrize("body", [b"", b"small", b"x" * 1_000])
def test_small_body_is_a_file_where_the_config_says_so(
    lone: Lone, make_server: MakeServer, small_bodies: None, body: bytes
) -> None:
    server = make_server(reply(200, body))
    assert lone.result(call(server.url()))["body"] == body.decode()
    assert not stored_keys()
    found = lone.result(call(server.url(), as_file=True))
    assert (found["body"], found["file"]["bytes"]) == (None, len(body))
    assert found["file"]["content_type"] == "application/octet-stream"
    assert stored_keys() == [found["file"]["key"]]


def cut_off(sent: int) -> Answer:
    """Promises `LARGE`, and breaks off after some of it."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE))
        handler.wfile.write(LARGE[:sent])

    return answer


def test_file_is_begun_anew_by_each_try_and_redirect(
    lone: Lone, make_server: MakeServer, small_bodies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.adapters.outbound_http._BACKOFF_SECONDS", 0.01)
    answers = [cut_off(5_500_000), redirect("/b"), reply(503, b"y" * 500), reply(200, LARGE)]
    server = make_server(*answers)
    found = lone.result(call(server.url()))
    assert found["file"]["sha256"] == hashlib.sha256(LARGE).hexdigest()
    assert len(server.seen) == 4
    assert not unfinished_uploads()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([cut_off(5_500_000)], "http_connect_failed"),
        ([reply(404, LARGE)], "http_body_too_large"),
        ([reply(200, b"x" * 7_000_001)], "http_body_too_large"),
        ([cut_off(5_500_000), drop], "http_connect_failed"),
        ([reply(404, b"small")], "http_status"),
    ],
    ids=["broken", "status", "too large", "broken twice", "small status"],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_what_fails_leaves_no_file(
    lone: Lone,
    make_server: MakeServer,
    small_bodies: None,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[Answer],
    code: str,
    as_file: bool,
) -> None:
    monkeypatch.setattr("workflows.adapters.outbound_http._BACKOFF_SECONDS", 0.01)
    server = make_server(*answers)
    assert lone.error(call(server.url(), as_file=as_file))["code"] == code
    assert (stored_keys(), unfinished_uploads()) == ([], [])


def test_secret_that_a_server_echoes_is_masked_in_its_file(
    lone: Lone, make_server: MakeServer, small_bodies: None
) -> None:
    body = (b"-" * 65_530 + SECRET.encode()) * 3
    server = make_server(reply(200, body))
    auth = {"type": "bearer", "token": "{{secrets.key}}"}
    found = lone.result(call(server.url(), auth=auth))["file"]
    stored = aws_client("s3").get_object(Bucket=ENVIRONMENT["DATA_BUCKET"], Key=found["key"])["Body"].read()
    assert stored == (b"-" * 65_530 + b"***") * 3
    assert found["sha256"] == hashlib.sha256(stored).hexdigest()


def test_hostile_content_type_is_not_passed_on(lone: Lone, make_server: MakeServer) -> None:
    for given in ("text/html; x=\x01", "ü/ü", "a" * 5_000, "text/html, text/plain", "text"):
        server = make_server(reply(200, b"x", {"Content-Type": given}))
        found = lone.result(call(server.url(), as_file=True))
        assert found["file"]["content_type"] == "application/octet-stream"


def test_file_goes_with_its_execution(world: World, make_server: MakeServer, small_bodies: None) -> None:
    server = make_server(reply(200, LARGE))
    execution_id, kept = (execute(world, call(server.url())) for _ in range(2))
    assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    world.reconcile(after_seconds=120)
    assert stored_keys() == [f"files/{kept}/call"]
    assert node(world, execution_id).status == 404


def test_bucket_that_does_not_answer_is_no_fault_of_the_server(
    world: World, make_server: MakeServer, small_bodies: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ReadTimeoutError

    from workflows.adapters.clients import client

    def fail(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="s3")

    monkeypatch.setattr(client("s3"), "create_multipart_upload", fail)
    server = make_server(reply(200, LARGE))
    execution_id = world.accept(world.save(call(server.url())))
    _, run = world.machine(execution_id)
    with pytest.raises(Exception, match="Unavailable"):
        invoke("nodes/http", {"run": run, "nodes": ["call"]})
    assert len(server.seen) == 1
    assert world.get(execution_id)["nodes"]["call"]["status"] == "running"


# Nodes


def test_node_shows_its_output_to_those_who_may_see_data(world: World, make_server: MakeServer) -> None:
    definition = flow(
        {"id": "start", "type": "start"},
        {"id": "large", "type": "transform", "config": {"value": "{{$pad('', 400000, 'x')}}"}},
        {"id": "if", "type": "condition", "config": {"expression": "{{inputs.go}}"}},
        {"id": "never", "type": "transform", "config": {"value": 1}},
        {"id": "fails", "type": "transform", "config": {"value": "{{$error('so')}}"}, "on_error": "continue"},
        edges=[("start", "large"), ("start", "if"), ("if", "never", "true"), ("large", "fails")],
        visibility="public",
    )
    execution_id = execute(world, definition, go=False)
    start = node(world, execution_id, "start").json
    assert (start["status"], start["output"], start["files"]) == ("completed", {"go": False}, [])
    assert (start["execution_id"], start["node_id"], start["type"]) == (execution_id, "start", "start")
    large = node(world, execution_id, "large").json
    assert "output" not in large
    assert f"payloads/{execution_id}/" in large["output_url"]
    never = node(world, execution_id, "never").json
    assert (never["status"], "output" in never) == ("skipped", False)
    assert node(world, execution_id, "fails").json["output"]["error"]["message"].endswith("so")
    assert node(world, execution_id, "start", user="other").status == 403
    assert node(world, execution_id, "start", user=None).status == 403
    assert node(world, execution_id, "start", user="boss", role="admin").status == 200


def test_node_that_is_none_is_not_found(world: World) -> None:
    execution_id = execute(world, flow({"id": "start", "type": "start"}, edges=[]))
    for node_id in ("nothing", "node#start", "loop[0]/start", "../start", "ü", "x" * 2_000):
        answer = node(world, execution_id, node_id)
        assert (answer.status, answer.json["error_code"]) == (404, "not_found")


def test_output_that_names_a_file_of_another_gives_no_link(
    world: World, make_server: MakeServer, small_bodies: None
) -> None:
    server = make_server(reply(200, LARGE))
    theirs = result(world, call(server.url()))["file"]
    forged = flow(
        {"id": "call", "type": "transform", "config": {"value": {"body": None, "file": theirs}}}, edges=[]
    )
    execution_id = execute(world, forged)
    assert node(world, execution_id).json["files"] == []


# Pages


def page(items: list[Any], following: str | None = None, **headers: str) -> Answer:
    body = json.dumps({"items": items, "next": following}).encode()
    return reply(200, body, {"Content-Type": "application/json", **headers})


ITEMS = {"items": "{{page.body.items}}"}
BY_URL = {**ITEMS, "next_url": "{{page.body.next}}"}
BY_CURSOR = {**ITEMS, "next_query": {"cursor": "{{page.body.next}}", "size": 2}}


def test_pages_are_read_by_the_link_header(lone: Lone, make_server: MakeServer) -> None:
    server = make_server(
        page([1, 2], Link='</a?page=2>; rel="next", </a>; rel=first'),
        page([3], Link='<b,c?page=3>; title="a, \\"b\\"; rel=x"; REL="last Next"'),
        page([], Link='</a>; rel="prev"'),
    )
    found = lone.result(call(server.url("/a?page=1"), pagination=ITEMS))
    assert [each.path for each in server.seen] == ["/a?page=1", "/a?page=2", "/b,c?page=3"]
    assert (found["body"], found["pages"], found["is_complete"], found["status"]) == ([1, 2, 3], 3, True, 200)
    keys = [each.headers["Idempotency-Key"] for each in server.seen]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("end", [None, ""])
def test_pages_are_read_by_url_until_there_is_none(lone: Lone, make_server: MakeServer, end: Any) -> None:
    server = make_server(page([{"n": 1}], "?p=2"), page(["x"], end))
    found = lone.result(call(server.url("/a"), query={"p": 1}, pagination=BY_URL))
    assert [each.path for each in server.seen] == ["/a?p=1", "/a?p=2"]
    assert (found["body"], found["is_complete"]) == ([{"n": 1}, "x"], True)


def test_pages_are_read_by_cursor_which_takes_the_place_of_the_one_before(
    lone: Lone, make_server: MakeServer
) -> None:
    server = make_server(page([1], "c&d"), page([2], "e"), page([3]))
    found = lone.result(call(server.url("/a"), query={"q": "x", "cursor": "0"}, pagination=BY_CURSOR))
    assert [each.path for each in server.seen] == [
        "/a?q=x&cursor=0",
        "/a?q=x&cursor=c%26d&size=2",
        "/a?q=x&cursor=e&size=2",
    ]
    assert found["body"] == [1, 2, 3]


def test_no_more_pages_are_read_than_asked_for(lone: Lone, make_server: MakeServer) -> None:
    server = make_server(*(page([n], f"?p={n + 1}") for n in range(1, 20)))
    found = lone.result(call(server.url(), pagination={**BY_URL, "max_pages": 3}))
    assert (found["body"], found["pages"], found["is_complete"]) == ([1, 2, 3], 3, False)
    assert len(server.seen) == 3
    server = make_server(*(page([n], f"?p={n + 1}") for n in range(20)))
    found = lone.result(call(server.url(), pagination=BY_URL))
    assert (found["pages"], found["is_complete"]) == (10, False)


@pytest.mark.parametrize(
    ("definition", "answers"),
    [
        (BY_URL, [page([1], "/a?b=1"), page([2], "/a")]),
        (BY_CURSOR, [page([1], "same"), page([2], "same")]),
        (ITEMS, [page([1], Link="</a>; rel=next")]),
    ],
)
def test_pages_that_lead_round_fail(
    lone: Lone, make_server: MakeServer, definition: Any, answers: list[Answer]
) -> None:
    server = make_server(*answers)
    found = lone.error(call(server.url("/a"), pagination=definition))
    assert found["code"] == "http_pagination_loop"
    assert len(server.seen) <= 2


@pytest.mark.parametrize(
    ("following", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "http_address_forbidden"),
        ("http://localhost:1/", "http_address_forbidden"),
        ("//[::1]/", "http_address_forbidden"),
        ("file:///etc/passwd", "http_url_invalid"),
        ("http://user:pass@127.0.0.1/", "http_url_invalid"),
        ("http://[::1", "http_url_invalid"),
        ("http://127.0.0.1:99999/", "http_url_invalid"),
        ("\r\nX-Evil: 1", "http_url_invalid"),
    ],
)
def test_each_page_meets_the_guard(lone: Lone, make_server: MakeServer, following: str, code: str) -> None:
    server = make_server(page([1], following))
    found = lone.error(call(server.url(), pagination=BY_URL))
    assert found["code"] == code, found
    assert len(server.seen) == 1


def test_credentials_go_to_the_origin_alone_that_they_are_for(lone: Lone, make_server: MakeServer) -> None:
    elsewhere = make_server()
    server = make_server(page([1], elsewhere.url("/x")), page([3]))
    elsewhere.answers[:] = [page([2], server.url("/back"))]
    auth = {"type": "bearer", "token": "{{secrets.key}}"}
    headers = {"Cookie": "c=1", "Accept": "application/json"}
    found = lone.result(call(server.url(), auth=auth, headers=headers, query={"q": 1}, pagination=BY_URL))
    assert found["body"] == [1, 2, 3]
    (foreign,) = elsewhere.seen
    assert foreign.path == "/x"
    assert foreign.headers["Accept"] == "application/json"
    for name in ("Authorization", "Cookie", "Idempotency-Key"):
        assert name not in foreign.headers
    assert [each.headers["Authorization"] for each in server.seen] == [f"Bearer {SECRET}"] * 2


def test_credential_in_the_query_follows_to_pages_of_its_origin(lone: Lone, make_server: MakeServer) -> None:
    elsewhere = make_server(page([3]))
    server = make_server(page([1], "/b?p=2"), page([2], elsewhere.url("/c")))
    auth = {"type": "query", "name": "k", "value": "{{secrets.key}}"}
    lone.result(call(server.url("/a"), auth=auth, pagination=BY_URL))
    assert [each.path for each in server.seen] == [
        "/a?k=correct+horse+battery",
        "/b?p=2&k=correct+horse+battery",
    ]
    assert elsewhere.seen[0].path == "/c"


def test_all_pages_together_are_no_larger_than_one_body(
    lone: Lone, make_server: MakeServer, small_bodies: None
) -> None:
    server = make_server(*(page(["x" * 400], f"?p={n}") for n in range(5)))
    found = lone.error(call(server.url(), pagination=BY_URL))
    assert found["code"] == "http_body_too_large"
    assert found["message"] == "all pages together are larger than 1000 bytes"
    assert len(server.seen) == 3
    assert not stored_keys()


def test_page_with_a_bad_status_fails_all(lone: Lone, make_server: MakeServer) -> None:
    server = make_server(page([1], "?p=2"), reply(404))
    assert lone.error(call(server.url(), pagination=BY_URL))["code"] == "http_status"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (reply_json(200, [1, 2]), []),
        (reply_json(200, {"items": {"one": 1}}), [{"one": 1}]),
        (reply_json(200, {"items": None}), []),
        (reply(200, b"no JSON", {"Content-Type": "application/json"}), []),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nLink: nonsense, <\r\n\r\n"), []),
    ],
)
def test_page_without_a_list_gives_what_there_is(
    lone: Lone, make_server: MakeServer, answer: Answer, body: list[Any]
) -> None:
    found = lone.result(call(make_server(answer).url(), pagination=ITEMS))
    assert (found["body"], found["pages"], found["is_complete"]) == (body, 1, True)
