"""Fields of bodies and answers: what a name means, in one model (`Model.name`) or wherever it is (`name`)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_BODIES = {
    "CancelExecutionsBody.status": "Executions of these statuses; by default all that have not ended.",
    "CancelExecutionsBody.user_id": "Executions that this user has started; another's are for admins.",
    "CancelExecutionsBody.workflow_id": "Executions of this workflow.",
    "CreateTokenBody.expires_in_days": "How long it is good.",
    "CreateTokenBody.name": "What you call it, to tell it from others.",
    "CreateUserBody.role": "`admin`: one who may do everything.",
    "CreateUserBody.tier": "How high the user's rates are.",
    "CreateUserBody.user_id": "What the user is called, for good.",
    "ExecuteBody.inputs": "What the workflow takes, as its `inputs_schema` says.",
    "ReplayBody.inputs": "Instead of those that the execution had.",
    "data": "What the approval's `form` asks for.",
    "decision": "The handle whose edges are followed.",
    "labels": "To find the execution by in lists.",
    "path": "In loops: of which iteration, as `each[3]/`.",
    "value": "What no answer ever holds.",
    "version": "An older version; by default the current one.",
    "webhook_url": "Where the execution's end is told, by a `POST`.",
}
_ANSWERS = {
    "BulkCancelAnswer.cancelled": "How many were cancelled.",
    "BulkCancelAnswer.ended": "How many ended by themselves before they were reached.",
    "EndedAnswer.started_at": "When it was accepted.",
    "EndedAnswer.user_id": "Who started it; null: an anonymous caller.",
    "ExecutionAnswer.started_at": "When it was accepted.",
    "ExecutionAnswer.user_id": "Who started it; null: an anonymous caller.",
    "ExecutionSummary.started_at": "When it was accepted.",
    "LogListAnswer.next_cursor": "Where to go on, also where there is no line yet; null: there will be none.",
    "StartedAnswer.started_at": "When it was accepted.",
    "attempt": "The number of its attempt: each resume or retry begins the next one.",
    "branch": "The handle that the node chose.",
    "child_execution_id": "The execution of the workflow that the node executes.",
    "current_nodes": "Nodes that are running or waiting.",
    "execution_secret": "Sent as `X-Execution-Secret`, it shows that you started the execution. Only"
    " anonymous callers get one, and no later answer has it.",
    "failed_iterations": "Of a loop that is over.",
    "inputs_url": "Where they are, if they are too large for an answer; good for 15 minutes.",
    "iterations": "Of a loop: over how many items it goes, or how many turns are done.",
    "next_cursor": "The `cursor` of the next page; null: this is the last.",
    "output_url": "Where it is, if it is too large for an answer; good for 15 minutes.",
    "pointer": 'A JSON pointer into the body (`""`: all of it), or the name of a parameter.',
    "replay_of": "The execution that it repeats.",
    "result_url": "Where it is, if it is too large for an answer; good for 15 minutes.",
    "total": "How many the whole list holds.",
    "total_logs": "How many lines match.",
    "tries": "How often it was started in this attempt.",
    "usage": "What it took of a language model.",
    "wakes_at": "When its delay is over.",
}


def describe_bodies(models: dict[str, Schema]) -> None:
    """Say what the fields of models mean; of bodies, what each of them does.

    Raises:
        ValueError: A field is not described, or a description is of none.
    """
    if plain := _describe(models, _BODIES):
        raise ValueError(f"these fields are not described: {', '.join(plain)}")


def describe_answers(models: dict[str, Schema]) -> None:
    """Say what those fields of models mean whose names do not.

    Raises:
        ValueError: A description is of no field.
    """
    _describe(models, _ANSWERS)


def _describe(models: dict[str, Schema], meanings: dict[str, str]) -> list[str]:
    """The fields that have no description even so."""
    unused, plain = set(meanings), []
    for model, schema in models.items():
        for name, field in schema.get("properties", {}).items():
            key = f"{model}.{name}" if f"{model}.{name}" in meanings else name
            if key in meanings:
                field["description"] = meanings[key]
                unused.discard(key)
            else:
                plain.append(f"{model}.{name}")
    if unused:
        raise ValueError(f"there are no such fields: {', '.join(sorted(unused))}")
    return plain
