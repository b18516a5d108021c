"""What functions print: lines of their logs, some of which are metrics (the embedded metric format)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.monitoring import Metric


def lines(printed: str) -> list[dict[str, Any]]:
    """The lines that are JSON."""
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def emitted(printed: str) -> set[Metric]:
    """The metrics that some output holds."""
    return {
        Metric(rule["Namespace"], metric["Name"], frozenset((name, line[name]) for name in dimensions))
        for line in lines(printed)
        if "_aws" in line
        for rule in line["_aws"]["CloudWatchMetrics"]
        for metric in rule["Metrics"]
        for dimensions in rule["Dimensions"]
    }


def sums(printed: str) -> Counter[str]:
    """How much of each metric there is, by name."""
    found: Counter[str] = Counter()
    for line in lines(printed):
        for rule in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in rule["Metrics"]:
                values = line[metric["Name"]]
                found[metric["Name"]] += sum(values) if isinstance(values, list) else values
    return found
