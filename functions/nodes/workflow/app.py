"""Runs segments with `workflow` nodes: starts another workflow, and goes on when that execution has ended."""

from workflows.domain.errors import InvalidInputs, NodeError, NotFound, QuotaExceeded
from workflows.domain.execution import MAX_DEPTH, Parent
from workflows.domain.node_record import NodeRecord
from workflows.runtime.handler import node_handler
from workflows.runtime.node import NodeContext, Outcome, WaitingNode
from workflows.services.children import children
from workflows.services.starts import Wanted


def _start(context: NodeContext) -> Outcome:
    """Start the child under the id that the node's record holds, so that no crash makes two."""
    parent, record = context.environment.snapshot.execution, context.record
    if parent.depth >= MAX_DEPTH:
        detail = f"executions start others at most {MAX_DEPTH} deep: does a workflow execute itself?"
        raise NodeError("workflow_too_deep", detail)
    workflow_id, inputs = context.field("workflow_id"), context.field("inputs")
    if not isinstance(workflow_id, str) or not isinstance(inputs, dict):
        raise NodeError("workflow_invalid", "workflow_id must be a string, and inputs an object")
    wanted = Wanted(inputs=inputs, labels=parent.labels, version=context.node.config["version"])
    node = Parent(parent.execution_id, record.node_id, record.path)
    child_id = record.child_id or ""
    try:
        children().start(parent, node, child_id, workflow_id, wanted)
    except NotFound as error:
        raise NodeError("workflow_not_found", error.detail) from error
    except InvalidInputs as error:
        raise NodeError("workflow_inputs_invalid", error.detail) from error
    except QuotaExceeded as error:
        raise NodeError("quota_exceeded", error.detail) from error
    context.log.info(f"started execution {child_id}", child_execution_id=child_id)
    return Outcome(waits=True)


def _look(_: NodeContext, record: NodeRecord) -> Outcome | None:
    child = children().find(record.child_id or "")
    if child is None:
        raise NodeError("workflow_failed", f"execution {record.child_id} was deleted")
    if not child.is_terminal:
        return None
    if child.status == "completed":
        return Outcome(output=children().result(child))
    reason = f": {child.error.message}" if child.error else ""
    detail = f"execution {child.execution_id} is {child.status}{reason}"
    raise NodeError("workflow_failed", detail, retryable=True)


lambda_handler = node_handler({"workflow": WaitingNode(_start, _look, has_child=True)})
