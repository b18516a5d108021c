"""The documents that are made from code are as it is now, and say all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.deployer import DEPLOYER
from tools.docs import GENERATED
from tools.permission_reasons import REASONS, reason
from tools.statements import statements, template


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_document_is_as_the_code_is(path: Path) -> None:
    """Else `make docs` writes it."""
    assert path.read_text(encoding="utf-8") == GENERATED[path]()


def test_no_reason_is_left_over() -> None:
    actions: set[tuple[str, str]] = set()
    for each in statements():
        for resource in each.resources:
            place = resource.split("/index/")[0] + "/index" if "Table/index/" in resource else resource
            place = ", ".join(each.resources) if each.action == "s3:*" else place
            actions |= {(place, each.action), (place, f"{each.action} {each.owner}")}

    assert {(place, key) for place, found in REASONS.items() for key in found} <= actions


def test_reason_that_is_missing_is_told() -> None:
    with pytest.raises(LookupError, match="dynamodb:Scan on ExecutionsTable, of SomeRole"):
        reason("ExecutionsTable", "dynamodb:Scan", "SomeRole")


def test_every_type_of_resource_has_what_its_deployment_needs() -> None:
    assert {each["Type"] for each in template()["Resources"].values()} == DEPLOYER.keys()


def test_every_parameter_is_in_one_group() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(
        template()["Parameters"]
    )
