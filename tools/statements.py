"""The policy statements of the template, as readers see them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.template import read_template

_POLICY_TYPES = (
    "AWS::IAM::ManagedPolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy",
)
_IN_TEMPLATE = re.compile(r"arn:\$\{AWS::Partition\}:|\$\{AWS::(Region|AccountId)\}:+")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a role or a policy.

    Attributes:
        owner: The logical id of the role or the policy.
        action: Its action: a test holds that there is one alone.
        resources: What it is about, by short names: logical ids, or ARNs without partition, region
            and account.
        is_denial: Whether it denies.
        condition: What must hold besides, as JSON; empty if nothing.
    """

    owner: str
    action: str
    resources: tuple[str, ...]
    is_denial: bool
    condition: str

    @property
    def is_own_log(self) -> bool:
        """Whether it lets a function write its log, as each does."""
        return self.action in ("logs:CreateLogStream", "logs:PutLogEvents")


@cache
def template() -> dict[str, Any]:
    """`template.yaml` as data."""
    return read_template()


def of_type(resource_type: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    resources = template()["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in resources if each["Type"] == resource_type}


def statements() -> Iterator[Statement]:
    """Every statement of the template, by owner in its order."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", ()):
            yield from _statements(name, policy["PolicyDocument"])
    for policy_type in _POLICY_TYPES:
        for name, policy in of_type(policy_type).items():
            yield from _statements(name, policy["PolicyDocument"])


def _statements(owner: str, document: dict[str, Any]) -> Iterator[Statement]:
    for found in document["Statement"]:
        resources = found["Resource"] if isinstance(found["Resource"], list) else [found["Resource"]]
        condition = found.get("Condition")
        yield Statement(
            owner,
            found["Action"],
            tuple(short_name(each) for each in resources),
            found["Effect"] == "Deny",
            json.dumps(_plain(condition)) if condition else "",
        )


def short_name(resource: Any) -> str:
    """A resource by its logical id, or by what of its ARN is not the same for all."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        name, attribute = resource["Fn::GetAtt"]
        return f"{name} stream" if attribute == "StreamArn" else str(name)
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::Sub" in resource:
        return _IN_TEMPLATE.sub("", re.sub(r"\$\{(\w+)\.Arn\}", r"\1", resource["Fn::Sub"]))
    # A list that is made of a parameter.
    text = json.dumps(resource)
    (parameter,) = re.findall(r'"Ref": "(\w+)"', text)
    return f"{parameter}/index/*" if "/index/*" in text else parameter


def _plain(value: Any) -> Any:
    """A condition with short names in it."""
    if isinstance(value, dict):
        is_function = len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::Sub")
        return short_name(value) if is_function else {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
