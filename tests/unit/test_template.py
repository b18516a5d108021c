"""What the template promises: least privilege, a log group per function, an authorizer on each route."""

from __future__ import annotations

import ast
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local.template import read_template
from tools.permission_reasons import WILDCARDS
from tools.statements import short_name
from workflows.adapters.dynamodb import Table
from workflows.adapters.users import UserStore
from workflows.compiler.node_types import NODE_TYPES
from workflows.compiler.node_types.agent import is_tool
from workflows.compiler.node_types.kind import INLINE
from workflows.domain.endpoints import ENDPOINTS
from workflows.services.authentication import Authentication
from workflows.services.recounts import SETTLE_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]
RESOURCES: dict[str, Any] = read_template()["Resources"]

ASYNCHRONOUS_EVENTS = {"EventBridgeRule", "CloudWatchEvent", "Schedule", "ScheduleV2", "S3", "SNS"}
ANONYMOUS_ROUTES = {"/health"}


def of_type(resource_type: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == resource_type}


FUNCTIONS = of_type("AWS::Serverless::Function")
API_FUNCTIONS = {
    name: each
    for name, each in FUNCTIONS.items()
    if "Api" in [event["Type"] for event in each.get("Events", {}).values()]
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policy_statements() -> list[tuple[str, dict[str, Any]]]:
    documents = [
        (name, policy["PolicyDocument"])
        for name, role in of_type("AWS::IAM::Role").items()
        for policy in role.get("Policies", [])
    ]
    for policy_type in ("AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        documents += [(name, each["PolicyDocument"]) for name, each in of_type(policy_type).items()]
    statements = [(name, each) for name, document in documents for each in document["Statement"]]
    return [(name, each) for name, each in statements if each["Effect"] == "Allow"]


def has_wildcard(resource: Any) -> bool:
    return "*" in (resource if isinstance(resource, str) else json.dumps(resource))


def test_policies_deny_everything_only_without_tls() -> None:
    """The one place for a wildcard action: it takes rights away."""
    denials = [
        statement
        for each in of_type("AWS::S3::BucketPolicy").values()
        for statement in each["PolicyDocument"]["Statement"]
    ]
    assert [(each["Effect"], each["Action"], each["Condition"]) for each in denials] == [
        ("Deny", "s3:*", {"Bool": {"aws:SecureTransport": False}})
    ] * 2


def test_statement_has_a_single_action() -> None:
    assert not [each for _, each in policy_statements() if not isinstance(each["Action"], str)]


def test_no_policy_allows_an_action_by_wildcard() -> None:
    actions = {action for _, each in policy_statements() for action in as_list(each["Action"])}

    assert actions
    assert not [action for action in actions if "*" in action]


def test_policies_name_resources_by_wildcard_only_where_they_must() -> None:
    resources = [each for _, statement in policy_statements() for each in as_list(statement["Resource"])]

    assert {short_name(each) for each in resources if has_wildcard(each)} == WILDCARDS.keys()


def test_only_x_ray_and_task_tokens_are_allowed_on_every_resource() -> None:
    on_everything = {
        action
        for _, each in policy_statements()
        if "*" in as_list(each["Resource"])
        for action in as_list(each["Action"])
    }

    x_ray = {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    }
    assert on_everything == x_ray | {"states:SendTaskSuccess", "states:SendTaskFailure"}


def test_recount_begins_when_nobody_counts_any_more_who_does_not_know_of_it() -> None:
    counting = [
        each["Timeout"]
        for name, each in FUNCTIONS.items()
        if "COUNTERS_TABLE" in each.get("Environment", {}).get("Variables", {}) and "Timeout" in each
        if not name.startswith("Recount")
    ]
    assert counting
    assert max(counting) <= SETTLE_SECONDS - 20


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_its_own_role_and_log_group(name: str) -> None:
    verb_noun = name.removesuffix("Function")
    function = FUNCTIONS[name]

    assert function["Role"] == {"Fn::GetAtt": [f"{verb_noun}Role", "Arn"]}
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": f"{verb_noun}LogGroup"}
    assert RESOURCES[f"{verb_noun}Role"]["Type"] == "AWS::IAM::Role"
    assert RESOURCES[f"{verb_noun}LogGroup"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_may_write_to_no_log_group_but_its_own(name: str) -> None:
    verb_noun = name.removesuffix("Function")
    role = RESOURCES[f"{verb_noun}Role"]["Properties"]
    writable = {
        tuple(statement["Resource"]["Fn::GetAtt"])
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] in ("logs:CreateLogStream", "logs:PutLogEvents")
    }

    assert writable == {(f"{verb_noun}LogGroup", "Arn")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_a_handler_and_a_sample_event(name: str) -> None:
    folder = Path(FUNCTIONS[name]["CodeUri"])
    kind = "api" if folder.parent.name == "functions" else folder.parent.name

    assert (REPOSITORY / folder / "app.py").is_file()
    assert json.loads((REPOSITORY / "events" / kind / f"{folder.name}.json").read_text())


def test_names_of_functions_have_room_for_the_stack_names_that_are_allowed() -> None:
    """Lambda takes 64 characters; all other names are CloudFormation's, or may be longer."""
    names = [each["FunctionName"]["Fn::Sub"] for each in FUNCTIONS.values() if "FunctionName" in each]
    parts = [name.removeprefix("${AWS::StackName}") for name in names if name.startswith("${AWS::StackName}")]
    said = re.search(
        r"at most (\d+) characters, as names", (REPOSITORY / "docs" / "deployment.md").read_text()
    )
    assert said
    assert int(said[1]) + max(map(len, parts)) == 64


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_described_as_its_handler_is(name: str) -> None:
    """So that the console's list of functions says what each is for."""
    source = (REPOSITORY / FUNCTIONS[name]["CodeUri"] / "app.py").read_text()
    summary = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]

    assert summary
    assert FUNCTIONS[name]["Description"] == summary.replace("\n", " ").replace("`", "").removesuffix(".")
    assert len(FUNCTIONS[name]["Description"]) <= 256


@pytest.mark.parametrize("name", API_FUNCTIONS)
def test_route_asks_the_authorizer_unless_it_is_for_anyone(name: str) -> None:
    route = API_FUNCTIONS[name]["Events"]["Route"]["Properties"]

    assert RESOURCES["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Caller"
    assert ("Auth" in route) == (route["Path"] in ANONYMOUS_ROUTES)


def test_every_route_but_those_for_anyone_has_a_rate() -> None:
    routes = {
        f"{route['Method'].upper()} {route['Path']}": Path(function["CodeUri"]).name
        for function in API_FUNCTIONS.values()
        if (route := function["Events"]["Route"]["Properties"])["Path"] not in ANONYMOUS_ROUTES
    }

    assert {route: endpoint.name for route, endpoint in ENDPOINTS.items()} == routes


@pytest.mark.parametrize("name", of_type("AWS::ApiGateway::UsagePlan"))
def test_usage_plan_limits_all_requests_and_those_that_cost_most(name: str) -> None:
    plan = RESOURCES[name]["Properties"]
    (stage,) = plan["ApiStages"]

    assert plan["Throttle"].keys() == {"RateLimit", "BurstLimit"}
    methods = {"/{1}/{0}".format(*route.split(" /")) for route in ENDPOINTS}
    assert stage["Throttle"].keys() == {
        "/workflows/{workflow_id}/execute/POST",
        "/executions/{execution_id}/logs/download/GET",
        "/executions/{execution_id}/report/GET",
    }
    assert stage["Throttle"].keys() <= methods


@pytest.mark.parametrize("function", ["ExecuteWorkflow", "ReplayExecution"])
def test_who_counts_executions_may_change_no_user(function: str) -> None:
    (statement,) = (
        each
        for name, each in policy_statements()
        if name == f"{function}Role" and each["Resource"] == {"Fn::GetAtt": ["AccessTable", "Arn"]}
    )

    assert statement["Action"] == "dynamodb:UpdateItem"
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["executions#*"]},
    }


@pytest.mark.parametrize(("tier", "percent"), [("Standard", 100), ("Premium", 1_000)])
def test_outer_walls_are_beyond_the_rates(tier: str, percent: int) -> None:
    """Where a caller meets 429, it is the exact one, which says when to come back."""
    default = {name: each["Default"] for name, each in read_template()["Parameters"].items()}
    variables = {kind: f"{kind.capitalize()}Rate" for kind in ("execute", "get", "list", "download", "other")}
    rates = [default[variables[endpoint.kind]] * percent // 100 for endpoint in ENDPOINTS.values()]

    assert default["PremiumPercent"] == 1_000
    assert default[f"{tier}RequestsPerSecond"] * 60 >= sum(rates)
    assert default[f"{tier}RequestBurst"] >= min(max(rates), 5_000)  # The most that AWS gives an account.
    assert default[f"{tier}RequestsPerDay"] >= sum(rates) * 24 * 60
    assert default[f"{tier}ExecutesPerSecond"] * 60 >= default["ExecuteRate"] * percent // 100
    assert default[f"{tier}DownloadsPerSecond"] * 60 >= default["DownloadRate"] * percent // 100
    assert default["WafRequestsPerFiveMinutes"] >= 5 * (sum(rates) if tier == "Standard" else max(rates))


@pytest.mark.parametrize("tier", ["anonymous", "standard", "premium"])
def test_common_key_has_the_value_that_the_authorizer_names(tier: str) -> None:
    stack_uuid = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    key = RESOURCES[f"Shared{tier.capitalize()}Key"]["Properties"]
    plan = RESOURCES[f"Shared{tier.capitalize()}PlanKey"]["Properties"]
    suffix = FUNCTIONS["AuthorizerFunction"]["Environment"]["Variables"]["USAGE_KEY_SUFFIX"]
    authentication = Authentication(UserStore(Table("users")), None, "the-suffix")

    assert (suffix, key["Value"]) == (stack_uuid, {"Fn::Join": ["-", [tier, stack_uuid]]})
    assert plan["KeyId"] == {"Ref": f"Shared{tier.capitalize()}Key"}
    assert authentication.common_key(tier) == f"{tier}-the-suffix"  # type: ignore[arg-type]


def test_api_key_is_named_by_the_authorizer_alone() -> None:
    api = RESOURCES["Api"]["Properties"]

    assert (api["ApiKeySourceType"], api["Auth"]["ApiKeyRequired"]) == ("AUTHORIZER", True)


def test_what_holds_data_outlives_the_stack() -> None:
    kept = {
        name for name, each in RESOURCES.items() if "DeletionPolicy" in each or "UpdateReplacePolicy" in each
    }
    assert kept == of_type("AWS::DynamoDB::Table").keys() | of_type("AWS::S3::Bucket").keys() | {
        "MasterSecret"
    }
    for name in kept:
        policies = (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"])
        assert policies == ("Retain", "Retain"), name


def test_agent_may_call_the_functions_of_its_tools_and_the_models_that_are_named() -> None:
    functions = {kind.function for kind in NODE_TYPES.values() if is_tool(kind)} - {INLINE}
    allowed = [
        statement["Resource"]
        for name, statement in policy_statements()
        if (name, statement["Action"]) == ("AgentNodeRole", "lambda:InvokeFunction")
    ]
    assert functions
    assert sorted(each["Fn::GetAtt"][0] for each in allowed) == sorted(
        f"{function.capitalize()}NodeFunction" for function in functions
    )

    policy = RESOURCES["BedrockModelsPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (policy["Condition"], statement["Action"]) == ("HasBedrockModels", "bedrock:InvokeModel")
    assert statement["Resource"] == {"Fn::Split": [",", {"Ref": "BedrockModels"}]}
    parameter = read_template()["Parameters"]["BedrockModels"]
    assert parameter["Default"] == ""
    nova = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
    profile = "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.x"
    assert re.match(parameter["AllowedPattern"], f"{nova},{profile}")
    for bad in ("*", "amazon.nova-lite-v1:0", f"{nova}, {profile}", f"{nova},", f"{nova},*"):
        assert not re.match(parameter["AllowedPattern"], bad)


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_table_expires_recovers_and_is_not_deleted_by_mistake(name: str) -> None:
    table = RESOURCES[name]["Properties"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True


def test_firewall_refuses_by_rate_alone_and_lets_the_gateway_answer() -> None:
    """So that WAF_FILTERED may say 429: another rule would be another reason."""
    acl = RESOURCES["WebAcl"]["Properties"]
    rules = [(rule["Statement"].keys(), rule["Action"]) for rule in acl["Rules"]]

    assert rules == [({"RateBasedStatement"}, {"Block": {}})]
    assert acl["DefaultAction"] == {"Allow": {}}
    conditions = {
        name: each.get("Condition") for name, each in RESOURCES.items() if "::WAFv2::" in each["Type"]
    }
    assert conditions == {"WebAcl": "HasWaf", "WebAclAssociation": "HasWaf"}


def test_every_skipped_check_of_the_template_says_why() -> None:
    listed = (REPOSITORY / ".checkov.yaml").read_text().partition("skip-check:\n")[2].splitlines()
    checks = [line for line in listed if not line.startswith("  #")]
    reasons = [line for before, line in pairwise(listed) if before in checks]

    assert checks
    assert all(re.fullmatch(r"  - CKV2?_AWS_\d+", check) for check in checks)
    assert all(line.startswith("  # ") for line in [listed[0], *reasons])

    skips = [
        skip
        for each in RESOURCES.values()
        for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert skips
    assert all(skip["comment"].endswith(".") for skip in skips)
    assert not {check.removeprefix("  - ") for check in checks} & {skip["id"] for skip in skips}


def test_functions_that_are_invoked_asynchronously_tell_of_their_failures() -> None:
    invoked = {
        name: function
        for name, function in FUNCTIONS.items()
        if {event["Type"] for event in function.get("Events", {}).values()} & ASYNCHRONOUS_EVENTS
    }
    assert invoked.keys() == {"ReconcileExecutionsFunction", "SettleExecutionFunction"}
    for function in invoked.values():
        assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


@pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
def test_queue_is_encrypted(name: str) -> None:
    assert RESOURCES[name]["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_pages_read_what_links_lead_to_and_write_nothing(name: str) -> None:
    allowed = RESOURCES[name]["Properties"]["CorsConfiguration"]["Fn::If"]
    assert (allowed[0], allowed[2]) == ("AllowsCors", {"Ref": "AWS::NoValue"})
    assert [rule["AllowedMethods"] for rule in allowed[1]["CorsRules"]] == [["GET"]]


def test_functions_of_nodes_that_take_secrets_and_no_others_may_read_them() -> None:
    readers = {
        name.removesuffix("NodeRole").lower()
        for name, role in RESOURCES.items()
        if {"Ref": "SecretsPolicy"} in role.get("Properties", {}).get("ManagedPolicyArns", [])
    }
    taking = {kind.function for kind in NODE_TYPES.values() if kind.takes_secrets}
    assert readers == taking
    for function in taking:
        properties = RESOURCES[f"{function.capitalize()}NodeFunction"]["Properties"]
        assert "SECRETS_PATH" in properties["Environment"]["Variables"]
