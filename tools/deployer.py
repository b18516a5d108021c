"""What whoever deploys must be allowed, by the types of the template's resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.statements import template

_API = "apigateway:{GET,POST,PUT,PATCH,DELETE} on "

DEPLOYER: Mapping[str, str] = {
    "AWS::ApiGateway::ApiKey": _API + "/apikeys, /apikeys/*, /tags/*",
    "AWS::ApiGateway::UsagePlan": _API + "/usageplans, /usageplans/*, /tags/*",
    "AWS::ApiGateway::UsagePlanKey": _API + "/usageplans/*/keys, /usageplans/*/keys/*",
    "AWS::CloudWatch::Alarm": (
        "cloudwatch:{PutMetricAlarm, DescribeAlarms, DeleteAlarms, TagResource, ListTagsForResource}"
    ),
    "AWS::CloudWatch::Dashboard": "cloudwatch:{PutDashboard, GetDashboard, ListDashboards, DeleteDashboards}",
    "AWS::DynamoDB::Table": (
        "dynamodb:{CreateTable, DescribeTable, UpdateTable, DeleteTable, DescribeTimeToLive, "
        "UpdateTimeToLive, DescribeContinuousBackups, UpdateContinuousBackups, TagResource, "
        "ListTagsOfResource}"
    ),
    "AWS::IAM::ManagedPolicy": (
        "iam:{CreatePolicy, GetPolicy, GetPolicyVersion, CreatePolicyVersion, DeletePolicyVersion, "
        "ListPolicyVersions, DeletePolicy, AttachRolePolicy, DetachRolePolicy, ListEntitiesForPolicy}"
    ),
    "AWS::IAM::Role": (
        "iam:{CreateRole, GetRole, UpdateAssumeRolePolicy, DeleteRole, PutRolePolicy, GetRolePolicy, "
        "DeleteRolePolicy, AttachRolePolicy, DetachRolePolicy, ListRolePolicies, "
        "ListAttachedRolePolicies, TagRole}"
    ),
    "AWS::Logs::LogGroup": (
        "logs:{CreateLogGroup, DescribeLogGroups, PutRetentionPolicy, DeleteRetentionPolicy, "
        "DeleteLogGroup, TagResource, ListTagsForResource}"
    ),
    "AWS::Logs::QueryDefinition": (
        "logs:{PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition}"
    ),
    "AWS::S3::Bucket": (
        "s3:{CreateBucket, DeleteBucket, GetBucketLocation, PutEncryptionConfiguration, "
        "PutBucketOwnershipControls, PutBucketPublicAccessBlock, PutLifecycleConfiguration, "
        "PutBucketCORS, PutBucketTagging} and the Get of each"
    ),
    "AWS::S3::BucketPolicy": "s3:{PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy}",
    "AWS::SNS::Topic": (
        "sns:{CreateTopic, GetTopicAttributes, SetTopicAttributes, DeleteTopic, Subscribe, Unsubscribe, "
        "ListSubscriptionsByTopic, TagResource, ListTagsForResource}"
    ),
    "AWS::SQS::Queue": (
        "sqs:{CreateQueue, GetQueueAttributes, GetQueueUrl, SetQueueAttributes, DeleteQueue, "
        "TagQueue, ListQueueTags}"
    ),
    "AWS::SQS::QueuePolicy": "sqs:{GetQueueAttributes, SetQueueAttributes}",
    "AWS::SecretsManager::Secret": (
        "secretsmanager:{CreateSecret, GetRandomPassword, DescribeSecret, UpdateSecret, DeleteSecret, "
        "TagResource}"
    ),
    "AWS::Serverless::Api": _API + "/restapis, /restapis/*, /tags/*",
    "AWS::Serverless::Function": (
        "lambda:{CreateFunction, GetFunction, GetFunctionConfiguration, UpdateFunctionCode, "
        "UpdateFunctionConfiguration, DeleteFunction, AddPermission, RemovePermission, GetPolicy, "
        "TagResource, ListTags, GetLayerVersion, CreateEventSourceMapping, GetEventSourceMapping, "
        "UpdateEventSourceMapping, DeleteEventSourceMapping, PutFunctionEventInvokeConfig, "
        "UpdateFunctionEventInvokeConfig, GetFunctionEventInvokeConfig, "
        "DeleteFunctionEventInvokeConfig}; events:{PutRule, DescribeRule, PutTargets, RemoveTargets, "
        "DeleteRule}; iam:PassRole of the stack's roles to lambda.amazonaws.com"
    ),
    "AWS::Serverless::LayerVersion": "lambda:{PublishLayerVersion, GetLayerVersion, DeleteLayerVersion}",
    "AWS::WAFv2::WebACL": (
        "wafv2:{CreateWebACL, GetWebACL, UpdateWebACL, DeleteWebACL, TagResource, ListTagsForResource}"
    ),
    "AWS::WAFv2::WebACLAssociation": (
        "wafv2:{AssociateWebACL, DisassociateWebACL, GetWebACLForResource}; apigateway:SetWebACL on "
        "/restapis/*/stages/*"
    ),
    "Custom::FirstAdmin": "lambda:InvokeFunction of STACK-ensure-first-admin",
}


def deployer_rows() -> Iterator[tuple[str, str]]:
    """A row for each type of the template's resources.

    Raises:
        KeyError: There is a type of which nobody has said anything.
    """
    for resource_type in sorted({each["Type"] for each in template()["Resources"].values()}):
        yield f"`{resource_type}`", f"`{DEPLOYER[resource_type]}`"
