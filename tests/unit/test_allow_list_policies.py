"""The policies that the template makes from allow-lists: walls around what the functions decide exactly."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from local.template import read_template
from workflows.domain.allow_lists import allows_object, allows_table

TEMPLATE = read_template()
PARAMETERS = TEMPLATE["Parameters"]
VALUES = {
    "StorageLocations": "shared-data/{owner}/,files/data/a,open/x*",
    "StorageBuckets": "shared-data,files",
    "DatabaseTables": "orders,data-{owner}",
    "LambdaFunctionPrefix": "workflow-",
    "StateMachinePrefix": "workflows",
    "AWS::StackName": "workflow-prod",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/workflow-prod/1",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
}


def evaluated(value: Any) -> Any:
    """A value as CloudFormation works it out."""
    match value:
        case {"Ref": name}:
            return VALUES[name]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: VALUES[found[1]], text)
        case {"Fn::Join": [str(delimiter), parts]}:
            return delimiter.join(evaluated(parts))
        case {"Fn::Split": [str(delimiter), text]}:
            return evaluated(text).split(delimiter)
        case dict():
            return {name: evaluated(part) for name, part in value.items()}
        case list():
            return [evaluated(part) for part in value]
    return value


def statements(policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = evaluated(
        TEMPLATE["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    )
    return found


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject"])
def test_objects_are_those_of_the_locations(action: str) -> None:
    found = {each["Action"]: each["Resource"] for each in statements("StorageObjectsPolicy")}

    assert found[action] == [
        "arn:aws:s3:::shared-data/*/*",
        "arn:aws:s3:::files/data/a*",
        "arn:aws:s3:::open/x**",
    ]


def test_policies_let_through_what_the_functions_allow() -> None:
    objects = statements("StorageObjectsPolicy")[0]["Resource"]
    locations = VALUES["StorageLocations"].split(",")
    for bucket, key in (
        ("shared-data", "oidc:a|b/x"),
        ("files", "data/a"),
        ("files", "data/a/b"),
        ("open", "xy"),
    ):
        assert allows_object(locations, "oidc:a|b", bucket, key, own=())
        assert any(fnmatchcase(f"arn:aws:s3:::{bucket}/{key}", pattern) for pattern in objects)
    tables = statements("DatabaseTablesPolicy")[0]["Resource"]
    assert allows_table(VALUES["DatabaseTables"].split(","), "ann", "data-ann", own=())
    assert any(fnmatchcase("arn:aws:dynamodb:eu-west-1:1:table/data-ann", pattern) for pattern in tables)


def test_buckets_are_listed_without_wildcards() -> None:
    assert [each["Resource"] for each in statements("StorageBucketsPolicy")] == [
        ["arn:aws:s3:::shared-data", "arn:aws:s3:::files"]
    ]


def test_tables_and_their_indexes_are_of_this_account_and_region() -> None:
    tables = ["arn:aws:dynamodb:*:*:table/orders", "arn:aws:dynamodb:*:*:table/data-*"]
    found = statements("DatabaseTablesPolicy")

    assert [(each["Action"], each["Resource"]) for each in found] == [
        ("dynamodb:GetItem", tables),
        ("dynamodb:PutItem", tables),
        ("dynamodb:DeleteItem", tables),
        ("dynamodb:Query", tables),
        ("dynamodb:Query", [f"{table}/index/*" for table in tables]),
        ("dynamodb:DescribeTable", tables),
    ]
    here = {"aws:ResourceAccount": "123456789012", "aws:RequestedRegion": "eu-west-1"}
    assert all(each["Condition"] == {"StringEqualsIfExists": here} for each in found)


def test_own_functions_are_denied_although_their_names_begin_like_the_users() -> None:
    allowed, *denied = statements("LambdaFunctionsPolicy")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:"

    assert (allowed["Effect"], allowed["Resource"]) == ("Allow", f"{arn}workflow-*")
    assert [(each["Effect"], each["Resource"]) for each in denied] == [
        ("Deny", f"{arn}workflows-*"),
        ("Deny", f"{arn}workflow-prod-*"),
        ("Deny", f"{arn}workflow-*"),
    ]
    own = {"aws:ResourceTag/aws:cloudformation:stack-id": VALUES["AWS::StackId"]}
    assert denied[-1]["Condition"] == {"StringEquals": own}


@pytest.mark.parametrize(
    ("policy", "parameter"),
    [
        ("StorageObjectsPolicy", "StorageLocations"),
        ("StorageBucketsPolicy", "StorageBuckets"),
        ("DatabaseTablesPolicy", "DatabaseTables"),
        ("LambdaFunctionsPolicy", "LambdaFunctionPrefix"),
    ],
)
def test_empty_list_makes_no_policy(policy: str, parameter: str) -> None:
    condition = TEMPLATE["Conditions"][TEMPLATE["Resources"][policy]["Condition"]]

    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
    assert re.search(PARAMETERS[parameter]["AllowedPattern"], "")


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "StorageLocations",
            ["a-bucket/", "b/x/{owner}/", "b/x,c/y*", "b/{owner}/in*", "b/{owner}", "{owner}-b/"],
            [
                "bucket",
                "b/x*y",
                "b/{owner}*",
                "b/x, c/y",
                "b/x,",
                "b/${aws:x}",
                "b/{user}/",
                "b*/",
                "b/x?",
                ",b/",
            ],
        ),
        ("StorageBuckets", ["files", "files,more-files"], ["files,", "Files", "files/", "fi*es", "files,,b"]),
        (
            "DatabaseTables",
            ["orders", "orders,data-{owner}"],
            ["orders,", "or*", "data-{user}", "a/b", "a, b"],
        ),
        ("LambdaFunctionPrefix", ["workflow-"], ["work*", "a:b", "a/b"]),
    ],
)
def test_parameter_takes_lists_of_its_kind_alone(parameter: str, good: list[str], bad: list[str]) -> None:
    pattern = PARAMETERS[parameter]["AllowedPattern"]

    assert [value for value in good if not re.search(pattern, value)] == []
    assert [value for value in bad if re.search(pattern, value)] == []
