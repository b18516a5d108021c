"""Alarms, dashboard and saved queries of the template, as CloudWatch gets them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.template import read_template

STACK_NAME = "workflows"
RESOURCES: dict[str, Any] = read_template()["Resources"]


@dataclass(frozen=True)
class Metric:
    """One that is told, shown or watched.

    Attributes:
        dimensions: Names and values; what belongs to a resource is `<LogicalId>`, or `<LogicalId.Attribute>`.
    """

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        """The same in each process, so that it can name a test."""
        return " ".join(
            [self.namespace, self.name, *(f"{name}={value}" for name, value in sorted(self.dimensions))]
        )


def of_type(resource_type: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == resource_type}


def resolved(value: Any) -> str:
    """What CloudFormation makes of a value, as far as it is known before there is a stack."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Ref":
        return STACK_NAME if argument == "AWS::StackName" else f"<{argument}>"
    if function == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    if function == "Fn::Join":
        return str(argument[0]).join(map(resolved, argument[1]))
    assert function == "Fn::Sub"
    text, variables = argument if isinstance(argument, list) else (argument, {})
    return re.sub(r"\$\{([^}]+)\}", lambda found: resolved(variables.get(found[1], {"Ref": found[1]})), text)


def dashboard() -> dict[str, Any]:
    [properties] = of_type("AWS::CloudWatch::Dashboard").values()
    body: dict[str, Any] = json.loads(resolved(properties["DashboardBody"]))
    return body


def dashboard_metrics() -> list[Metric]:
    """Those that are named; others are found by expressions when the dashboard is looked at."""
    lists = [widget["properties"].get("metrics", []) for widget in dashboard()["widgets"]]
    return [metric for rows in lists for metric in _metrics(rows)]


def alarm_metrics(alarm: dict[str, Any]) -> list[Metric]:
    queries = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    return [
        Metric(
            resolved(each["Namespace"]),
            each["MetricName"],
            frozenset((name["Name"], resolved(name["Value"])) for name in each.get("Dimensions", [])),
        )
        for each in queries or [alarm]
    ]


def _metrics(rows: list[list[Any]]) -> Iterator[Metric]:
    """`...` stands for what the row before has in the same places."""
    before: list[str] = []
    for row in rows:
        names = [each for each in row if isinstance(each, str)]
        if not names:
            continue
        if names[0] == "...":
            names = before[: 1 - len(names)] + names[1:]
        before = names
        yield Metric(names[0], names[1], frozenset(zip(names[2::2], names[3::2], strict=True)))
