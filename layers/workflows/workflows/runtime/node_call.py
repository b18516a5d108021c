"""Calls a node's function, and says what its failure means."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.domain.errors import NodeError
from workflows.domain.node_record import Tolerated
from workflows.domain.workflow import ERROR_HANDLE, NodeSpec
from workflows.runtime.errors import Cancelled
from workflows.runtime.node import NodeContext, NodeFunction, Outcome


def call_node(functions: Mapping[str, NodeFunction], context: NodeContext) -> Outcome:
    """Call a node's function.

    Raises:
        NodeError: It failed, also where it did so unexpectedly.
        Exception: It was cancelled, or a service that it needs failed.
    """
    try:
        return functions[context.node.type](context)
    except (NodeError, Cancelled):
        raise
    except SERVICE_FAILURES:
        raise
    except Exception as error:
        sys.stdout.write(context.log.masks.apply(traceback.format_exc()))
        context.log.error(f"unexpected {type(error).__name__} in the node's function")
        raise NodeError("internal_error", "its function failed unexpectedly", retryable=True) from error


def tolerated_by(spec: NodeSpec) -> Tolerated | None:
    """Why the execution goes on although the node has failed for good; None if it does not."""
    if ERROR_HANDLE in spec.handles:
        return "error"
    if spec.node.on_error == "continue":
        return "continue"
    return None if spec.item_errors == "execution" else "item"
