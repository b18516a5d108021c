"""Reports of executions: what is in them, who gets them, when they are made, and how large they are."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.functions import invoke
from tests.integration.archives import archive, expire_chunks, later, logged_execution
from tests.integration.aws import ENVIRONMENT, aws_client
from tests.integration.conftest import World, flow
from tests.integration.flows import fetch, start, transform
from tests.integration.report_samples import five_nodes
from tests.integration.reports import Stage, log, read_report, report_key, stage
from tests.integration.state_machine import ExecutionFailed
from tests.integration.test_loops import around, delayed, loop, value
from tests.integration.test_main_job import GREETING
from workflows.adapters.stores import execution_store
from workflows.domain.node_record import NodeRecord
from workflows.domain.times import now
from workflows.services.report_log import MAX_LINES

ANYTHING = "</script></pre><img src=x onerror=alert(1)>\u2028\u202e\x1b[31m\x00<!--"


class Page(HTMLParser):
    """A report as browsers read it.

    Attributes:
        elements: Their names and attributes.
        text: What is between tags, by the id of the section that it is in.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {"": ""}
        self._section = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "section":
            self._section = dict(attrs)["id"] or ""
            self.text[self._section] = ""

    def handle_endtag(self, tag: str) -> None:
        self._section = "" if tag == "section" else self._section

    def handle_data(self, data: str) -> None:
        self.text[self._section] += data

    def classes(self, node_id: str) -> list[str]:
        """How a node is drawn."""
        found = (attributes for _, attributes in self.elements if attributes.get("data-node") == node_id)
        return (next(found)["class"] or "").split()

    def edges(self, *classes: str) -> int:
        """How many edges are drawn so."""
        drawn = ((attributes.get("class") or "").split() for _, attributes in self.elements)
        return sum(found == ["edge", *classes] for found in drawn)


def test_report_shows_what_became_of_each_node(world: World) -> None:
    page = Page(read_report(world, five_nodes(world)))

    assert page.classes("start") == ["node", "s-completed", "critical"]
    assert page.classes("back-order") == ["node", "s-skipped"]
    assert page.classes("each-item") == ["node", "s-completed", "loop", "critical"]
    assert page.classes("reserve") == ["node", "s-tolerated"]
    assert page.classes("ship") == ["node", "s-failed", "critical"]
    # To the loop and on; within it; past what was not ordered.
    assert (page.edges("taken", "critical"), page.edges("taken"), page.edges("not-taken")) == (3, 1, 2)
    assert "12 iterations, 2 failed" in page.text["timeline"]
    assert "10 completed, 2 tolerated" in page.text["timeline"]
    assert "3 tries" in page.text["timeline"]
    bars = [(attributes.get("class") or "") for name, attributes in page.elements if name == "rect"]
    assert (bars.count("bar failed-try"), bars.count("bar work")) == (2, 3)
    assert '"customer": "Ada"' in page.text["data"]
    assert "the carrier is not available" in page.text[""]
    assert "try 2 failed: timed out" in page.text["log"]
    assert "12 completed" in page.text["nodes"]


def test_report_of_an_execution_by_the_engine_has_its_result_and_log(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    assert "No node has started." in Page(read_report(world, execution_id)).text["timeline"]

    world.finish(execution_id)

    page = Page(read_report(world, execution_id))
    assert '"Hello Ada"' in page.text["data"]
    assert "execution completed" in page.text["log"]
    assert page.classes("end") == ["node", "s-completed", "critical"]


def test_execution_deleted_while_it_is_read_is_not_there(world: World) -> None:
    workflow_id = world.save(GREETING)
    for size in (10_000, 400_000):
        execution_id = world.accept(workflow_id, {"name": "x" * size})
        execution = execution_store().get(execution_id)
        assert execution is not None
        key = {"execution_id": {"S": execution_id}, "record": {"S": execution.inputs.record}}
        aws_client("dynamodb").delete_item(TableName=ENVIRONMENT["EXECUTIONS_TABLE"], Key=key)
        object_key = execution.inputs.object_key(execution_id)
        aws_client("s3").delete_object(Bucket=ENVIRONMENT["DATA_BUCKET"], Key=object_key)

        answer = world.call("get_execution_report", path={"execution_id": execution_id})
        assert (answer.status, answer.json["error_code"]) == (404, "not_found")
        if execution.inputs.storage == "item":
            assert world.call("get_execution", path={"execution_id": execution_id}).status == 404


def test_delays_in_loops_are_over_once_their_time_has_come(world: World) -> None:
    body = [delayed("wait"), value("same", "{{item}}")]
    execution_id = world.accept(world.save(around(loop(body, [("wait", "same")], items=[1, 2, 3]))))
    world.finish(execution_id)

    page = Page(read_report(world, execution_id))

    assert page.classes("wait") == ["node", "s-completed"]
    assert "3 waiting" not in page.text["nodes"]
    assert page.edges("not-taken") == 0


def test_path_to_a_failure_in_a_loop_ends_with_the_loop(world: World) -> None:
    body = [delayed("wait"), value("bad", "{{$error('no')}}")]
    execution_id = world.accept(world.save(around(loop(body, [("wait", "bad")], items=[1]))))
    with pytest.raises(ExecutionFailed):
        world.finish(execution_id)

    page = Page(read_report(world, execution_id))

    assert "critical" in page.classes("start")
    assert "critical" in page.classes("loop")
    assert page.classes("bad") == ["node", "s-failed"]


def test_what_was_cancelled_was_ended_by_no_path(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    world.begin(execution_id)
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200

    page = Page(read_report(world, execution_id))

    assert page.classes("start") == ["node", "s-completed"]
    assert "critical path" not in page.text["timeline"]


def test_report_is_made_anew_as_long_as_nodes_in_loops_may_end(world: World) -> None:
    body = [delayed("wait"), value("same", "{{item}}")]
    execution_id = world.accept(world.save(around(loop(body, [("wait", "same")], items=[1]))))
    world.begin(execution_id)
    _, run = world.machine(execution_id)
    invoke("nodes/inline", {"run": run, "nodes": ["loop"]})
    record = NodeRecord(execution_id, "same", "running", path="loop[0]/", started_at=now(), tries=1)
    execution_store().table.put(record.to_item())
    assert world.call("cancel_execution", path={"execution_id": execution_id}).status == 200

    with later(900):
        assert report_key(world, execution_id) != report_key(world, execution_id)
    with later(86_400):
        assert report_key(world, execution_id) == report_key(world, execution_id)
        # What has no end is over with the execution.
        page = Page(read_report(world, execution_id))
    assert page.classes("same") == ["node", "s-cancelled"]
    assert not re.search("[0-9] (h|d)", page.text["timeline"])


def test_report_is_a_page_of_its_own_that_browsers_show(world: World) -> None:
    execution_id = five_nodes(world)
    answer = world.call("get_execution_report", path={"execution_id": execution_id})
    stored = aws_client("s3").get_object(Bucket="logs-bucket", Key=report_key(world, execution_id))

    assert answer.json.keys() == {"report_url", "filename", "expires_at"}
    assert answer.json["filename"] == f"execution-{execution_id}-report.html"
    assert "response-content-disposition=inline" in answer.json["report_url"]
    assert stored["ContentType"] == "text/html; charset=utf-8"
    page = Page(stored["Body"].read().decode())
    policy = next(
        attributes["content"]
        for name, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    links = [attributes.get("href") or "" for _, attributes in page.elements if "href" in attributes]
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert not [name for name, attributes in page.elements if "src" in attributes or "style" in attributes]


def test_links_in_a_report_lead_somewhere(world: World) -> None:
    page = Page(read_report(world, five_nodes(world)))

    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    links = {(attributes.get("href") or "")[1:] for name, attributes in page.elements if name == "a"}
    assert len(ids) == len(set(ids))
    assert links <= set(ids)


def test_whatever_nodes_say_is_text(world: World) -> None:
    definition = flow(
        start(), transform("odd", name=ANYTHING), fetch("last"), edges=[("start", "odd"), ("odd", "last")]
    ) | {"name": ANYTHING}
    how = Stage(outputs={"odd": {ANYTHING: [ANYTHING, "y" * 3_000]}}, failed="last", error=ANYTHING)
    execution_id = stage(world, definition, how, {ANYTHING: ANYTHING})
    log(execution_id, "odd", [("INFO", 1.0, ANYTHING), ("INFO", 1.1, "x" * 16_000)])
    plain = Page(read_report(world, five_nodes(world)))

    html = read_report(world, execution_id)

    page = Page(html)
    assert {name for name, _ in page.elements} <= {name for name, _ in plain.elements} | {"p", "span"}
    names = {name for _, attributes in page.elements for name in attributes}
    assert names <= {name for _, attributes in plain.elements for name in attributes}
    for section in ("", "data", "nodes", "log", "graph"):
        assert "</script></pre>" in page.text[section]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", html)
    assert "… (16,000 characters)" in page.text["log"]


@pytest.mark.parametrize(
    ("visibility", "other"), [("private", (404, "not_found")), ("public", (403, "forbidden"))]
)
def test_who_may_not_see_an_execution_s_data_gets_no_report(
    world: World, visibility: str, other: tuple[int, str]
) -> None:
    execution_id = world.accept(world.save({**GREETING, "visibility": visibility}), {"name": "Ada"})
    path = {"execution_id": execution_id}

    for user in ("other", None):
        answer = world.call("get_execution_report", path=path, user=user)
        assert (answer.status, answer.json["error_code"]) == other
    assert world.call("get_execution_report", path=path, user="boss", role="admin").status == 302


def test_report_is_made_once_and_anew_where_something_has_changed(world: World) -> None:
    execution_id = world.accept(world.save(GREETING), {"name": "Ada"})
    world.finish(execution_id)

    # What has just ended may say more yet.
    assert report_key(world, execution_id) != report_key(world, execution_id)
    with later(100):
        first = report_key(world, execution_id)
        assert report_key(world, execution_id) == first
        made = aws_client("s3").head_object(Bucket="logs-bucket", Key=first)["LastModified"]
    with later(200):
        assert report_key(world, execution_id) == first
        assert aws_client("s3").head_object(Bucket="logs-bucket", Key=first)["LastModified"] == made
        aws_client("s3").delete_object(Bucket="logs-bucket", Key=first)
        assert "Hello Ada" in read_report(world, execution_id)
    with later(86_400 + 100):
        # Before the bucket's lifecycle ends the other.
        assert report_key(world, execution_id) != first


def test_report_of_a_failed_execution_is_another_after_a_retry(world: World) -> None:
    execution_id = five_nodes(world)
    first = report_key(world, execution_id)
    assert report_key(world, execution_id) == first

    assert world.call("retry_execution", path={"execution_id": execution_id}).status == 200

    assert report_key(world, execution_id) != first


def test_reports_go_with_their_execution(world: World) -> None:
    execution_id = five_nodes(world)
    key = report_key(world, execution_id)

    assert world.call("delete_execution", path={"execution_id": execution_id}).status == 204
    world.reconcile(after_seconds=1_000)

    listed = aws_client("s3").list_objects_v2(Bucket="logs-bucket", Prefix=key.rpartition("/")[0])
    assert listed["KeyCount"] == 0


def test_large_values_are_cut_and_say_where_they_are(world: World) -> None:
    sizes = {"inline": 3_000, "item": 100_000, "object": 700_000}
    definition = flow(*(transform(name) for name in sizes), edges=[])
    how = Stage(outputs={name: "ü" + name * (size // len(name)) for name, size in sizes.items()})
    execution_id = stage(world, definition, how, {"text": "é" * 200_000})

    html = read_report(world, execution_id)

    page = Page(html)
    assert len(html) < 200_000
    assert "inline" * 400 in page.text["nodes"]
    for name in ("item", "object"):
        assert name * 600 in page.text["nodes"]
        assert f"GET /executions/{{execution_id}}/nodes/{name} gives the whole." in page.text["nodes"]
    assert "It has 400,011 bytes: GET /executions/{execution_id} gives the whole." in page.text["data"]


def test_value_that_nests_deeply_is_not_made_of_spaces(world: World) -> None:
    deep: Any = [0] * 30_000
    for _ in range(90):
        deep = [deep]
    execution_id = stage(world, flow(transform("a"), edges=[]), Stage(), {"deep": deep})

    html = read_report(world, execution_id)

    assert len(html) < 200_000
    assert "[0,0,0," in Page(html).text["data"]


def test_many_large_outputs_have_a_limit_together(world: World) -> None:
    definition = flow(*(transform(f"n{number}") for number in range(600)), edges=[])
    how = Stage(outputs={f"n{number}": "z" * 4_000 for number in range(600)})

    html = read_report(world, stage(world, definition, how))

    # 2 MiB of outputs, and some KB of each node.
    assert 2_000_000 < html.count("z") < 2_200_000
    assert len(html) < 5_000_000
    assert html.count("gives the whole.") > 60


def test_of_many_lines_errors_are_shown_first_and_the_rest_is_counted(world: World) -> None:
    execution_id = five_nodes(world)
    for chunk in range(20):
        lines: list[Any] = [("ERROR" if n == 0 else "DEBUG", chunk, f"line {chunk}-{n}.") for n in range(400)]
        log(execution_id, "ship", lines)

    page = Page(read_report(world, execution_id))

    assert sum("data-level" in attributes for _, attributes in page.elements) == MAX_LINES
    assert all(f"line {chunk}-0." in page.text["log"] for chunk in range(20))
    assert "line 0-1." not in page.text["log"]
    assert "line 19-399." in page.text["log"]
    assert "3,000 of 8,014 lines are here" in page.text["log"]
    assert "ERROR (21)" in page.text["log"]


def test_report_reads_the_log_from_its_archive_once_chunks_are_gone(world: World) -> None:
    execution_id = logged_execution(world)
    with later(60):
        archive(execution_id)
    expire_chunks(execution_id)

    with later(40 * 86_400):
        page = Page(read_report(world, execution_id))

    assert "line 39 of 5" in page.text["log"]
