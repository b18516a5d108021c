"""What operators are shown and woken by: metrics that there are, of resources that there are."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.functions import ROOT
from tests.monitoring import (
    RESOURCES,
    STACK_NAME,
    Metric,
    alarm_metrics,
    dashboard,
    dashboard_metrics,
    of_type,
    resolved,
)

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
ALARMS = of_type("AWS::CloudWatch::Alarm")
QUERIES = of_type("AWS::Logs::QueryDefinition")
WIDGETS = dashboard()["widgets"]
ANCHORS = [
    heading.lower().replace(" ", "-")
    for heading in re.findall(
        r"^### (.+)$", RUNBOOK.partition("\n## Alarms\n")[2].partition("\n## ")[0], re.MULTILINE
    )
]
WATCHED = [metric for alarm in ALARMS.values() for metric in alarm_metrics(alarm)]

# By which dimensions AWS tells its metrics.
DIMENSIONS = {
    "AWS/ApiGateway": [{"ApiName", "Stage"}],
    "AWS/DynamoDB": [{"TableName"}, {"TableName", "Operation"}],
    "AWS/Lambda": [set(), {"FunctionName"}],
    "AWS/Logs": [{"LogGroupName"}],
    "AWS/SQS": [{"QueueName"}],
    "AWS/States": [{"APIName"}, {"ServiceMetric"}],
    "AWS/WAFV2": [{"WebACL", "Region", "Rule"}],
    STACK_NAME: [{"service"}],
}
OWNERS = {
    "FunctionName": ("AWS::Serverless::Function", ""),
    "LogGroupName": ("AWS::Logs::LogGroup", ""),
    "QueueName": ("AWS::SQS::Queue", ".QueueName"),
    "TableName": ("AWS::DynamoDB::Table", ""),
}


@pytest.mark.parametrize("metric", sorted({*WATCHED, *dashboard_metrics()}, key=str), ids=str)
def test_metric_is_of_something_that_there_is(metric: Metric) -> None:
    dimensions = dict(metric.dimensions)
    assert set(dimensions) in DIMENSIONS[metric.namespace]
    for dimension, (resource_type, attribute) in OWNERS.items():
        if dimension in dimensions:
            owners = {f"<{name}{attribute}>" for name in of_type(resource_type)}
            assert dimensions[dimension] in owners
    assert dimensions.get("ApiName", STACK_NAME) == resolved(RESOURCES["Api"]["Properties"]["Name"])
    assert dimensions.get("Stage", "<Api.Stage>") == "<Api.Stage>"
    acl = resolved(RESOURCES["WebAcl"]["Properties"]["VisibilityConfig"]["MetricName"])
    assert dimensions.get("WebACL", acl) == acl


@pytest.mark.parametrize(
    ("resource_type", "dimension", "name"),
    [
        ("AWS::Serverless::Function", "FunctionName", "Errors"),
        ("AWS::Logs::LogGroup", "LogGroupName", "IncomingBytes"),
        ("AWS::SQS::Queue", "QueueName", "ApproximateNumberOfMessagesVisible"),
        ("AWS::SQS::Queue", "QueueName", "ApproximateAgeOfOldestMessage"),
        ("AWS::DynamoDB::Table", "TableName", "ReadThrottleEvents"),
        ("AWS::DynamoDB::Table", "TableName", "WriteThrottleEvents"),
        ("AWS::DynamoDB::Table", "TableName", "ConsumedReadCapacityUnits"),
        ("AWS::DynamoDB::Table", "TableName", "ConsumedWriteCapacityUnits"),
    ],
)
def test_dashboard_shows_each_resource(resource_type: str, dimension: str, name: str) -> None:
    attribute = OWNERS[dimension][1]
    shown = {dict(each.dimensions).get(dimension) for each in dashboard_metrics() if each.name == name}
    assert shown == {f"<{each}{attribute}>" for each in of_type(resource_type)}


def test_what_wakes_an_operator_is_on_the_dashboard() -> None:
    assert set(WATCHED) <= set(dashboard_metrics())
    [listed] = [widget["properties"]["alarms"] for widget in WIDGETS if widget["type"] == "alarm"]
    # The others are there where a parameter says so: a list that names what is not there cannot be deployed.
    always = {name for name in ALARMS if RESOURCES[name]["Condition"] == "IsMonitored"}
    assert sorted(listed) == sorted(f"<{name}.Arn>" for name in always)
    assert ALARMS.keys() - always == {"FailingExecutionsAlarm"}


def test_dashboards_of_stacks_in_different_regions_have_different_names() -> None:
    """ "All dashboards in your account are global, not region-specific", says AWS of PutDashboard."""
    [properties] = of_type("AWS::CloudWatch::Dashboard").values()
    assert resolved(properties["DashboardName"]) == f"{STACK_NAME}-<AWS::Region>"


def test_widgets_fit_the_grid_and_do_not_overlap() -> None:
    areas = [
        {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        for widget in WIDGETS
    ]
    assert max(x for area in areas for x, _ in area) == 23
    assert not [1 for one, other in combinations(areas, 2) if one & other]


def test_expressions_name_metrics_of_their_widget() -> None:
    """Ids begin with a lower letter; what is upper-case is a function's name."""
    for widget in WIDGETS:
        options = [each for row in widget["properties"].get("metrics", []) for each in row]
        options = [each for each in options if isinstance(each, dict)]
        ids = {each["id"] for each in options if "id" in each}
        for each in options:
            expression = re.sub(r"'[^']*'|\"[^\"]*\"", "", each.get("expression", ""))
            assert set(re.findall(r"\b[a-z]\w*", expression)) <= ids
            for prefix in re.findall(r'METRICS\("(\w+)"\)', each.get("expression", "")):
                assert any(name.startswith(prefix) for name in ids)


def test_estimate_of_costs_takes_functions_by_their_memory() -> None:
    """Those with more than the default are told apart, each by how many GB it has beyond that."""
    rows = next(
        widget["properties"]["metrics"]
        for widget in WIDGETS
        if widget["properties"].get("title", "").startswith("Estimate of costs")
    )
    ids = {row[-2]: row[-1]["id"] for row in rows if str(row[-2:][0]).endswith("Function>")}
    [expression] = [row[0]["expression"] for row in rows if "0.5 * all" in str(row[0])]
    told = {
        name: extra
        for extra, names in re.findall(r"([\d.]+) \* SUM\(\[([^]]+)\]\)", expression)
        for name in names.split(", ")
    }
    assert told == {
        ids[f"<{name}>"]: f"{(each['MemorySize'] - 512) / 1024:.3f}".rstrip("0")
        for name, each in of_type("AWS::Serverless::Function").items()
        if "MemorySize" in each
    }


@pytest.mark.parametrize("name", ALARMS)
def test_alarm_leads_to_its_place_in_the_runbook(name: str) -> None:
    text, _, anchor = resolved(ALARMS[name]["AlarmDescription"]).partition(" <RunbookUrl>#")
    assert text.endswith(".")
    assert anchor in ANCHORS
    assert f"{anchor.replace('-', '')}alarm" == name.lower()


def test_runbook_has_no_alarm_that_there_is_not() -> None:
    assert len(ANCHORS) == len(ALARMS)


def test_runbook_sends_to_saved_queries_that_there_are() -> None:
    saved = {resolved(query["Name"]).removeprefix(f"{STACK_NAME}/") for query in QUERIES.values()}
    bold = {" ".join(each.split()) for each in re.findall(r"\*\*([^*]+)\*\*", RUNBOOK)}
    assert bold - {"Users", "First look", "Follow up by hand"} == saved


@pytest.mark.parametrize("name", ALARMS)
def test_alarm_tells_those_that_are_named_when_it_begins_and_ends(name: str) -> None:
    alarm = ALARMS[name]
    told = [
        {"Fn::If": ["HasAlarmEmail", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]},
        {"Fn::If": ["HasAlarmTopicArn", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]},
    ]
    assert (alarm["AlarmActions"], alarm["OKActions"]) == (told, told)


@pytest.mark.parametrize("name", ALARMS)
def test_silence_is_an_alarm_of_the_reconciler_alone(name: str) -> None:
    missing = "breaching" if name == "SilentReconcilerAlarm" else "notBreaching"
    assert ALARMS[name]["TreatMissingData"] == missing


@pytest.mark.parametrize("name", [name for name, alarm in ALARMS.items() if "Metrics" in alarm])
def test_alarm_of_several_metrics_is_about_one_figure(name: str) -> None:
    """AWS's limits: ten metrics, of one period, and one that is compared."""
    queries = ALARMS[name]["Metrics"]
    watched = [each["MetricStat"] for each in queries if "MetricStat" in each]
    assert len(watched) <= 10
    assert len({each["Period"] for each in watched}) == 1
    assert [each.get("ReturnData", True) for each in queries] == [True, *[False] * len(watched)]


def test_price_of_monitoring_is_of_what_there_is() -> None:
    always = [name for name in ALARMS if RESOURCES[name]["Condition"] == "IsMonitored"]
    watched = sum(len(alarm_metrics(ALARMS[name])) for name in always)
    text = " ".join((ROOT / "docs" / "costs.md").read_text().split())
    assert f"There are {watched}, so ${watched / 10:.2f};" in text
    ours = {metric for metric in dashboard_metrics() if metric.namespace == STACK_NAME}
    assert f"tells one always; there are {len(ours)}." in text


def test_each_dead_letter_queue_has_an_alarm() -> None:
    working = {"WebhookQueue", "ArchiveQueue"}
    watched = {
        dict(metric.dimensions)["QueueName"]
        for metric in WATCHED
        if metric.name == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == {f"<{name}.QueueName>" for name in of_type("AWS::SQS::Queue").keys() - working}


@pytest.mark.parametrize("name", QUERIES)
def test_saved_query_asks_no_more_log_groups_than_it_may(name: str) -> None:
    groups = QUERIES[name]["LogGroupNames"]
    assert 0 < len(groups) <= 50
    assert len({json.dumps(group) for group in groups}) == len(groups)
    assert {group["Ref"] for group in groups} <= of_type("AWS::Logs::LogGroup").keys()


def test_errors_of_all_functions_are_asked_for() -> None:
    groups = [*QUERIES["EndpointErrorsQuery"]["LogGroupNames"], *QUERIES["OtherErrorsQuery"]["LogGroupNames"]]
    assert {group["Ref"] for group in groups} == of_type("AWS::Logs::LogGroup").keys()


def test_everything_of_it_can_be_left_out() -> None:
    """The local stack's engine does not know all of it."""
    kinds = ("AWS::CloudWatch::", "AWS::Logs::QueryDefinition", "AWS::SNS::")
    conditions: dict[str, Any] = {
        name: each.get("Condition") for name, each in RESOURCES.items() if each["Type"].startswith(kinds)
    }
    assert conditions.pop("AlarmTopic") == "HasAlarmEmail"
    assert conditions.pop("FailingExecutionsAlarm") == "WatchesExecutionErrors"
    assert set(conditions.values()) == {"IsMonitored"}
