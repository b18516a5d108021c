"""`python -m tools.retained` prints a template of what outlives a stack, for a new stack to adopt it.

`docs/deployment.md` says how.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tools.statements import template


def retained_template() -> dict[str, Any]:
    """The resources that are retained, with the parameters and conditions that they need."""
    whole = template()
    resources = {name: each for name, each in whole["Resources"].items() if "DeletionPolicy" in each}
    conditions = {name: whole["Conditions"][name] for name in _names(resources, "Fn::If")}
    parameters = _names([resources, conditions], "Ref") & whole["Parameters"].keys()
    return {
        "AWSTemplateFormatVersion": whole["AWSTemplateFormatVersion"],
        "Description": whole["Description"],
        "Parameters": {name: whole["Parameters"][name] for name in sorted(parameters)},
        "Conditions": conditions,
        "Resources": {
            name: {key: part for key, part in each.items() if key != "Metadata"}
            for name, each in resources.items()
        },
    }


def _names(value: Any, function: str) -> set[str]:
    """What an intrinsic function names, at any depth: parameters, or conditions."""
    if isinstance(value, list):
        return {name for part in value for name in _names(part, function)}
    if not isinstance(value, dict):
        return set()
    found = {name for part in value.values() for name in _names(part, function)}
    if function in value:
        argument = value[function]
        found.add(argument if isinstance(argument, str) else argument[0])
    return found


def main() -> None:
    """Print it."""
    json.dump(retained_template(), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
