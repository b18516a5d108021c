"""`python -m tools.permissions` writes `docs/permissions.md`: who may do what, and why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tools.deployer import deployer_rows
from tools.markdown import DOCS, ROOT, document, table
from tools.permission_reasons import WILDCARDS, reason
from tools.statements import Statement, of_type, statements, template

PATH = DOCS / "permissions.md"

_INTRODUCTION = """\
# Permissions

Made from [template.yaml](../template.yaml) by `python -m tools.permissions`, with the reasons of
[tools/permission_reasons.py](../tools/permission_reasons.py). How they are meant:
[security.md](security.md).

Each function has a role of its own, and each statement is a single action. Resources are the stack's own, by
their names in the template; without partition, region and account. Every function may also write its own log
(`logs:CreateLogStream` and `logs:PutLogEvents` on its log group, and on no other), and send traces
(`TracingPolicy`).
"""
_DEPLOYER = """\
## Who deploys

What the credentials of `sam deploy` must allow, for each type of resource that the template has once SAM has
transformed it. `cloudformation:*` on the stack and on AWS's transform `Serverless-2016-10-31`, and
`s3:GetObject`, `s3:PutObject` and `s3:ListBucket` on the bucket of artifacts (the first time also what `sam
deploy --resolve-s3` makes that bucket with, by the stack `aws-sam-cli-managed-default`) come on top. It
makes roles, so it is as mighty as what it may put into them: give it to a pipeline's role, or bound the
roles it makes by a [permissions
boundary](https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html). AWS publishes no
such list for a template; this one is from the API calls that each type takes, and no deployment with exactly
these rights has been tried.
"""
_WILDCARDS = """\
## Wildcards

Every resource that is named by a wildcard, and why it must be; a test holds that there is no other. No
statement allows an action by a wildcard.
"""


def render() -> str:
    """The text of `docs/permissions.md`."""
    by_owner = {
        owner: [each for each in found if not each.is_own_log]
        for owner, found in groupby(statements(), lambda each: each.owner)
    }
    lines = [_INTRODUCTION]
    functions = {each["Role"]["Fn::GetAtt"][0]: name for name, each in _functions().items()}
    for title, folder in (
        ("Endpoints", "functions/api/"),
        ("Authorizer", "functions/authorizer"),
        ("Nodes", "functions/nodes/"),
        ("Life cycle", "functions/lifecycle/"),
    ):
        lines += [f"## {title}", ""]
        for role, function in functions.items():
            code = _functions()[function]["CodeUri"]
            if code.startswith(folder):
                lines += [f"### {function}", "", _purpose(code), ""]
                lines += _section(role, by_owner[role])
    lines += [
        "## State machines",
        "",
        "### StateMachineRole",
        "",
        "What the state machines themselves may do.",
        "",
    ]
    lines += _section("StateMachineRole", by_owner["StateMachineRole"])
    lines += ["## Shared policies", "", "What several roles may do, or what a parameter opens.", ""]
    for owner, found in by_owner.items():
        if owner not in functions and owner != "StateMachineRole":
            lines += [f"### {owner}", "", *_policy_purpose(owner), *_table(found), ""]
    lines += [
        _WILDCARDS,
        *table("resource", "why", rows=_wildcard_rows()),
        "",
        _DEPLOYER,
        *table("type", "actions", rows=deployer_rows()),
    ]
    return document(lines)


def _functions() -> dict[str, dict[str, Any]]:
    return of_type("AWS::Serverless::Function")


def _section(role: str, found: list[Statement]) -> Iterator[str]:
    if found:
        yield from [*_table(found), ""]
    attached = [each["Ref"] for each in of_type("AWS::IAM::Role")[role].get("ManagedPolicyArns", ())]
    attached += [
        name
        for name, each in of_type("AWS::IAM::ManagedPolicy").items()
        if {"Ref": role} in each.get("Roles", ())
    ]
    links = [f"[{name}](#{name.lower()})" for name in attached if name != "TracingPolicy"]
    if links:
        yield from [
            f"{'And' if found else 'It has'} what {_listed(links)} allow{'s' * (len(links) == 1)}.",
            "",
        ]
    elif not found:
        yield from ["Nothing else.", ""]


def _table(found: list[Statement]) -> list[str]:
    rows = []
    for each in found:
        resources = ", ".join(f"`{resource}`" for resource in each.resources)
        action = f"denied: `{each.action}`" if each.is_denial else f"`{each.action}`"
        condition = f"; only with `{each.condition}`" if each.condition else ""
        rows.append((action, resources, _why(each) + condition))
    return table("action", "resource", "why", rows=rows)


def _why(statement: Statement) -> str:
    whole = ", ".join(statement.resources)
    if whole.endswith("/*") and len(statement.resources) > 1:
        return reason(whole, statement.action, statement.owner)
    reasons = dict.fromkeys(reason(each, statement.action, statement.owner) for each in statement.resources)
    return "; ".join(reasons)


def _purpose(code: str) -> str:
    """The first line of a function's docstring."""
    module = ast.parse((ROOT / code / "app.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(module) or "").split("\n")[0]


def _policy_purpose(owner: str) -> list[str]:
    resource = template()["Resources"][owner]
    found = resource["Properties"].get("Description")
    condition = resource.get("Condition")
    text = [
        f"{found}." if found else "",
        f"There only under the condition `{condition}`." if condition else "",
    ]
    return [" ".join(filter(None, text)), ""] if any(text) else []


def _wildcard_rows() -> Iterator[tuple[str, str]]:
    return ((f"`{resource}`", why) for resource, why in WILDCARDS.items())


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def main() -> None:
    """Write the document."""
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
