"""Why the stack's functions may do what they may: one reason for an action on a resource, whoever has it.

Where it is not for the same reason everywhere, a role has a reason of its own, after its name. A test holds
that each statement of the template has one, and that none is left over.
"""

from __future__ import annotations

from collections.abc import Mapping

_READ_STREAM = "the trigger reads the changes of executions"
_TAKE_MESSAGES = "the trigger takes messages from the queue"
_TELL = "what it could not do in the end is told there, and raises an alarm"
_TASK = "state machines call it as a Task"
_LIST_LOGS = "a missing archive is told from a forbidden one"
_WRITES_LOG = "lines of the execution itself: that it has started, paused or ended"
_MAP = "an iteration of a Distributed Map is an execution of the same state machine, so {} is its right, too"

REASONS: Mapping[str, Mapping[str, str]] = {
    "WorkflowsTable": {
        "dynamodb:GetItem": "the workflow: whose it is, who may see it, its graph",
        "dynamodb:GetItem ListWorkflowsRole": "how many workflows there are, for `total`",
        "dynamodb:GetItem NodeRuntimePolicy": "which nodes' outputs make the result",
        "dynamodb:GetItem LaunchPolicy": "the version to start: its state machine, or what makes it anew",
        "dynamodb:GetItem DeleteWorkflowRole": "the workflow, to decide who may delete it",
        "dynamodb:BatchGetItem": "nodes' configs, of the version that is executed",
        "dynamodb:PutItem": "the new workflow, if nobody made it meanwhile",
        "dynamodb:PutItem LaunchPolicy": "which state machine a version has, where its own was gone",
        "dynamodb:UpdateItem": "the current version, and in one transaction how many workflows there are",
        "dynamodb:BatchWriteItem": "a version's definition, its graph, and a config for each node",
    },
    "WorkflowsTable/index": {"dynamodb:Query": "a page of workflows, by time or by name"},
    "ExecutionsTable": {
        "dynamodb:GetItem": "the execution: its state, and who may see or change it",
        "dynamodb:GetItem NodeRuntimePolicy": "the execution, and values of 4 to 300 KB",
        "dynamodb:GetItem DeliverWebhookRole": "the execution, as it is when the webhook goes out",
        "dynamodb:GetItem GetNodeRole": "the execution, and the node's output of 4 to 300 KB",
        "dynamodb:GetItem GetExecutionReportRole": "values of 4 to 300 KB",
        "dynamodb:BatchGetItem": "the execution with some of its nodes, in one consistent read",
        "dynamodb:BatchGetItem CountExecutionsRole": "which states of the executions are counted already",
        "dynamodb:BatchGetItem RecountExecutionsRole": "the executions, and which states are counted",
        "dynamodb:BatchGetItem ReconcileExecutionsRole": "which state of a deleted execution is counted",
        "dynamodb:BatchGetItem FollowUpExecutionRole": "the parents of executions that have ended",
        "dynamodb:PutItem": "which state of it is counted, and its labels' entries in lists",
        "dynamodb:PutItem NodeRuntimePolicy": "a node's record, and its output if it is of 4 to 300 KB",
        "dynamodb:PutItem CompleteNodeRole": "the answer, as the node's record, if nobody has answered yet",
        "dynamodb:PutItem LaunchPolicy": "a new execution, a slot that it takes, an `Idempotency-Key`",
        "dynamodb:UpdateItem": "the execution's status, if it is still what was read",
        "dynamodb:UpdateItem NodeRuntimePolicy": "the execution's status, and a gate's tokens",
        "dynamodb:UpdateItem DeleteExecutionRole": "hides the execution, whose rest the reconciler deletes",
        "dynamodb:DeleteItem": "labels' entries in the lists, of executions that are no more",
        "dynamodb:DeleteItem LaunchPolicy": "frees slots of attempts that are over",
        "dynamodb:DeleteItem DeleteExecutionRole": "its `Idempotency-Key`, so that it can be used again",
        "dynamodb:BatchWriteItem": "deletes what belongs to an execution, its labels' entries first",
        "dynamodb:ConditionCheckItem": "takes slots only for an attempt that is still pending",
        "dynamodb:Query": "all nodes of an execution, or what came of a loop's iterations",
        "dynamodb:Query ArchiveLogsRole": "whether a node may still be at work, and so log",
        "dynamodb:Query LaunchPolicy": "an execution's nodes and children, and which slots are taken",
    },
    "ExecutionsTable/index": {
        "dynamodb:Query": "a page of executions of a user, of a workflow, or of all, by time or by status",
        "dynamodb:Query CancelExecutionsRole": "the executions that a filter names",
        "dynamodb:Query LaunchPolicy": "who has waited longest for a slot",
        "dynamodb:Query RecountExecutionsRole": "all executions, to count them anew",
        "dynamodb:Query ReconcileExecutionsRole": "the executions that are due to be looked at",
    },
    "ExecutionsTable stream": {
        "dynamodb:DescribeStream": _READ_STREAM,
        "dynamodb:GetRecords": _READ_STREAM,
        "dynamodb:GetShardIterator": _READ_STREAM,
        "dynamodb:ListStreams": _READ_STREAM,
    },
    "CountersTable": {
        "dynamodb:GetItem": "which generation of the counters is the valid one",
        "dynamodb:BatchGetItem": "totals: the shards of the counters that a list needs",
        "dynamodb:Query": "statistics: the counters of the hours or days asked for",
        "dynamodb:UpdateItem": "adds to counters, in the transaction that marks an execution as counted",
        "dynamodb:PutItem": "begins a generation of counters, and makes it the valid one",
    },
    "LogsTable": {
        "dynamodb:GetItem": "the record of the log's archive",
        "dynamodb:GetItem NodeRuntimePolicy": "whether a chunk has arrived whose write had no answer",
        "dynamodb:GetItem LaunchPolicy": "whether a chunk has arrived whose write had no answer",
        "dynamodb:GetItem CompleteNodeRole": "whether a chunk has arrived whose write had no answer",
        "dynamodb:GetItem PauseExecutionRole": "whether a chunk has arrived whose write had no answer",
        "dynamodb:GetItem SettleExecutionRole": "whether a chunk has arrived whose write had no answer",
        "dynamodb:PutItem": _WRITES_LOG,
        "dynamodb:PutItem NodeRuntimePolicy": "heads of chunks of a node's log",
        "dynamodb:PutItem CompleteNodeRole": "a line that says who answered",
        "dynamodb:PutItem ArchiveLogsRole": "the record of the archive",
        "dynamodb:BatchWriteItem": "blocks of lines that are too large for the head of their chunk",
        "dynamodb:UpdateItem": "how much an execution has logged, for its limit",
        "dynamodb:Query": "heads of chunks: where the wanted lines are",
        "dynamodb:Query ReconcileExecutionsRole": "all chunks of an execution that is deleted",
        "dynamodb:BatchGetItem": "blocks of lines",
        "dynamodb:DeleteItem": "the record of an archive that was deleted",
    },
    "AccessTable": {
        "dynamodb:GetItem": "the user, or a token whose write had no answer",
        "dynamodb:GetItem WorkflowNodeRole": "the owner's tier, in whose quota the other execution counts",
        "dynamodb:BatchGetItem": "the token with its user, in one consistent read",
        "dynamodb:PutItem": "the new user, or token",
        "dynamodb:UpdateItem": "how many tokens the user has, in the same transaction",
        "dynamodb:UpdateItem AuthorizerRole": "counts the request, and notes on which day the token was used",
        "dynamodb:UpdateItem CreateUserRole": "notes the API key that meters the user",
        "dynamodb:UpdateItem ExecuteWorkflowRole": "counts the executions that a user starts in a day",
        "dynamodb:UpdateItem ReplayExecutionRole": "counts the executions that a user starts in a day",
        "dynamodb:UpdateItem WorkflowNodeRole": "counts the executions that a user starts in a day",
        "dynamodb:DeleteItem": "tokens: the one named, expired ones, or earlier ones of the first admin",
        "dynamodb:DeleteItem CreateUserRole": "takes the user back where there is no API key for it",
        "dynamodb:DeleteItem DeleteUserRole": "the user, with all tokens",
        "dynamodb:Query": "the user's tokens",
    },
    "AccessTable/index": {"dynamodb:Query": "a page of users, by id"},
    "DataBucket": {"s3:ListBucket": "what a deleted execution has left, to delete it"},
    "DataBucket/definitions/*": {
        "s3:GetObject": "definitions of more than 300 KB",
        "s3:PutObject": "definitions of more than 300 KB",
    },
    "DataBucket/payloads/*": {
        "s3:GetObject": "values of more than 300 KB, or links to them",
        "s3:PutObject": "values of more than 300 KB",
        "s3:DeleteObject": "those of a deleted execution",
    },
    "DataBucket/files/*": {
        "s3:GetObject": "links to the files that nodes made",
        "s3:PutObject": "answers that are too large for an output, as files",
        "s3:AbortMultipartUpload": "leaves no part of a file that broke off",
        "s3:DeleteObject": "those of a deleted execution",
    },
    "LogsBucket": {
        "s3:ListBucket": _LIST_LOGS,
        "s3:ListBucket GetExecutionReportRole": "a report that is not there is told from a forbidden one",
        "s3:ListBucket ReconcileExecutionsRole": "what a deleted execution has left, to delete it",
    },
    "LogsBucket/archives/*": {
        "s3:GetObject": "lines whose chunks have expired, or a link to the whole file",
        "s3:GetObject ArchiveLogsRole": "the archive so far, to merge what came later",
        "s3:PutObject": "the archive of a log",
        "s3:AbortMultipartUpload": "leaves no part of an archive that broke off",
        "s3:DeleteObject": "archives that were replaced",
        "s3:DeleteObject ReconcileExecutionsRole": "those of a deleted execution",
    },
    "LogsBucket/exports/*": {
        "s3:GetObject": "the link to a file that was made for a download",
        "s3:GetObject GetExecutionReportRole": "whether there is a report already, and the link to it",
        "s3:PutObject": "files made for a download",
        "s3:PutObject GetExecutionReportRole": "the report",
        "s3:AbortMultipartUpload": "leaves no part of a file that broke off",
        "s3:DeleteObject": "those of a deleted execution",
    },
    "DataBucket, DataBucket/*": {"s3:*": "denied to everybody over plain HTTP"},
    "LogsBucket, LogsBucket/*": {"s3:*": "denied to everybody over plain HTTP"},
    "MasterSecret": {
        "secretsmanager:GetSecretValue": "keys are derived from it: the one of cursors",
        "secretsmanager:GetSecretValue DeliverWebhookRole": "keys are derived from it: users' for webhooks",
        "secretsmanager:GetSecretValue GetWebhookSecretRole": "keys are derived from it: users' for webhooks",
    },
    "AdminTokenSecret": {"secretsmanager:PutSecretValue": "the only place where the first admin's token is"},
    "ssm:parameter/${StateMachinePrefix}/secrets/*": {
        "ssm:GetParameter": "the secrets that a node's config names, its owner's alone",
        "ssm:GetParametersByPath": "names of the caller's secrets, not decrypted",
        "ssm:GetParametersByPath DeleteUserRole": "names of the user's secrets, not decrypted",
        "ssm:PutParameter": "the caller's secret, encrypted",
        "ssm:DeleteParameter": "the caller's secret",
        "ssm:DeleteParameters": "the secrets of the user who is deleted",
    },
    "apigateway:/apikeys": {
        "apigateway:POST": "a key that meters the user; it lets nobody in",
        "apigateway:GET": "the user's key, by its name",
    },
    "apigateway:/apikeys/*": {"apigateway:DELETE": "the key, when the user goes or is not made after all"},
    "apigateway:/usageplans": {"apigateway:GET": "the usage plan of the user's tier, by its name"},
    "apigateway:/usageplans/*/keys": {"apigateway:POST": "puts the user's key into the plan"},
    "states:stateMachine:${StateMachinePrefix}-*": {
        "states:CreateStateMachine": "each definition of a workflow is a state machine of its own",
        "states:TagResource": "it is tagged with its owner and its workflow",
        "states:StartExecution": "starts an attempt",
        "states:StartExecution StateMachineRole": _MAP.format("to start one"),
    },
    "states:execution:${StateMachinePrefix}-*": {
        "states:StopExecution": "ends an attempt: a pause, a cancel, a failure",
        "states:StopExecution StateMachineRole": _MAP.format("to stop one"),
        "states:DescribeExecution": "whether an attempt has ended unseen",
        "states:DescribeExecution StateMachineRole": _MAP.format("to look at one"),
    },
    "StateMachineRole": {"iam:PassRole": "the new state machine's role, to Step Functions alone"},
    "*": {
        "states:SendTaskSuccess": "lets a Task go on that waits: at a gate, or for an answer",
        "states:SendTaskFailure": "ends a Task that waits, or lets its function look again",
        "xray:PutTraceSegments": "sends traces",
        "xray:PutTelemetryRecords": "sends traces",
        "xray:GetSamplingRules": "asks which executions to trace, where `TraceStateMachines` is on",
        "xray:GetSamplingTargets": "asks how many of them",
    },
    "InlineNodeFunction": {"lambda:InvokeFunction": _TASK},
    "HttpNodeFunction": {
        "lambda:InvokeFunction": _TASK,
        "lambda:InvokeFunction AgentNodeRole": "runs `http` tools, with that function's rights",
    },
    "StorageNodeFunction": {
        "lambda:InvokeFunction": _TASK,
        "lambda:InvokeFunction AgentNodeRole": "runs `storage` tools, with that function's rights",
    },
    "DatabaseNodeFunction": {
        "lambda:InvokeFunction": _TASK,
        "lambda:InvokeFunction AgentNodeRole": "runs `database` tools, with that function's rights",
    },
    "LambdaNodeFunction": {
        "lambda:InvokeFunction": _TASK,
        "lambda:InvokeFunction AgentNodeRole": "runs `lambda` tools, with that function's rights",
    },
    "AgentNodeFunction": {"lambda:InvokeFunction": _TASK},
    "lambda:function:${StateMachinePrefix}-workflow": {"lambda:InvokeFunction": _TASK},
    "lambda:function:${LambdaFunctionPrefix}*": {
        "lambda:InvokeFunction": "the functions that the operator opens; denied to all with the stack's tag",
    },
    "lambda:function:${StateMachinePrefix}-*": {"lambda:InvokeFunction": "denied: the stack's own functions"},
    "lambda:function:${AWS::StackName}-*": {"lambda:InvokeFunction": "denied: the stack's own functions"},
    "StorageLocations": {
        "s3:GetObject": "reads objects in the locations that the operator opens",
        "s3:PutObject": "writes objects in the locations that the operator opens",
    },
    "StorageBuckets": {"s3:ListBucket": "lists, and tells a missing object from a forbidden one"},
    "DatabaseTables": {
        "dynamodb:GetItem": "the operation `get`",
        "dynamodb:PutItem": "the operation `put`",
        "dynamodb:DeleteItem": "the operation `delete`",
        "dynamodb:Query": "the operation `query`",
        "dynamodb:DescribeTable": "a condition names the key, which only the table's description tells",
    },
    "DatabaseTables/index/*": {"dynamodb:Query": "the operation `query`, of an index"},
    "BedrockModels": {"bedrock:InvokeModel": "asks the models that the operator allows"},
    "ArchiveQueue": {
        "sqs:SendMessage": "asks for the archive of an execution that has ended",
        "sqs:SendMessage ArchiveLogsRole": "comes again where a log goes on",
        "sqs:ReceiveMessage": _TAKE_MESSAGES,
        "sqs:DeleteMessage": _TAKE_MESSAGES,
        "sqs:GetQueueAttributes": _TAKE_MESSAGES,
        "sqs:ChangeMessageVisibility": "says when to try again",
    },
    "WebhookQueue": {
        "sqs:SendMessage": "queues the webhook of an execution that has ended",
        "sqs:ReceiveMessage": _TAKE_MESSAGES,
        "sqs:DeleteMessage": _TAKE_MESSAGES,
        "sqs:GetQueueAttributes": _TAKE_MESSAGES,
        "sqs:ChangeMessageVisibility": "says when to try again",
    },
    "UnsettledExecutionsQueue": {
        "sqs:SendMessage": _TELL,
        "sqs:SendMessage UnsettledExecutionsQueuePolicy": "EventBridge tells of what it could not deliver",
    },
    "UnreconciledExecutionsQueue": {"sqs:SendMessage": _TELL},
    "UnfollowedExecutionsQueue": {"sqs:SendMessage": _TELL},
    "UncountedExecutionsQueue": {"sqs:SendMessage": _TELL},
}

_RUN_TIME = "made at run time: {} begin so"

WILDCARDS: Mapping[str, str] = {
    "*": "X-Ray's actions know no resources, nor do those on Task tokens",
    "states:stateMachine:${StateMachinePrefix}-*": _RUN_TIME.format("their names"),
    "states:execution:${StateMachinePrefix}-*": "the executions of those state machines",
    "ssm:parameter/${StateMachinePrefix}/secrets/*": "set at run time, by their owners",
    "DataBucket/definitions/*": _RUN_TIME.format("their keys"),
    "DataBucket/files/*": _RUN_TIME.format("their keys"),
    "DataBucket/payloads/*": _RUN_TIME.format("their keys"),
    "LogsBucket/archives/*": _RUN_TIME.format("their keys"),
    "LogsBucket/exports/*": _RUN_TIME.format("their keys"),
    "StorageLocations": "keys begin so, and `{owner}` becomes a wildcard, which the function narrows",
    "DatabaseTables": "in `{owner}`'s place, which the function narrows; account and region are conditions",
    "DatabaseTables/index/*": "the indexes of those tables",
    "lambda:function:${LambdaFunctionPrefix}*": "the users' own functions: their names begin so",
    "apigateway:/apikeys/*": "made at run time, with users, and named by ids that API Gateway makes up",
    "apigateway:/usageplans/*/keys": "plans belong to the API, which belongs to the function that calls them",
}
"""Every resource that is allowed by a wildcard, and why it must be."""


def reason(resource: str, action: str, owner: str) -> str:
    """Why a role or policy may do that.

    Raises:
        LookupError: Nobody has said.
    """
    key = resource.split("/index/")[0] + "/index" if resource.count("Table/index/") else resource
    of_resource = REASONS.get(key, {})
    found = of_resource.get(f"{action} {owner}", of_resource.get(action))
    if found is None:
        raise LookupError(f"tools/permission_reasons.py says nothing of {action} on {resource}, of {owner}")
    return found
