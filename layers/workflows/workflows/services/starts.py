"""Accepts executions and starts them."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256

from workflows.adapters.dynamodb import ConditionFailed
from workflows.adapters.environment import required
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.idempotency import Claim, IdempotencyStore
from workflows.adapters.logs import LogStore
from workflows.adapters.payloads import PayloadStore
from workflows.adapters.stores import (
    execution_store,
    idempotency_store,
    log_store,
    payload_store,
    workflow_store,
)
from workflows.adapters.workflows import WorkflowStore
from workflows.domain.access import (
    Caller,
    can_read_version,
    hash_secret,
    require_data,
    require_user,
    require_workflow,
)
from workflows.domain.errors import InvalidInputs, KeyReused, NotFound
from workflows.domain.execution import Execution, Parent
from workflows.domain.ids import id_milliseconds, new_id
from workflows.domain.inputs_schema import input_problems, with_defaults
from workflows.domain.payload import encode
from workflows.domain.times import from_milliseconds, now
from workflows.domain.transitions import START_SECONDS, later
from workflows.domain.workflow import JsonValue
from workflows.domain.workflow_record import VersionRecord, WorkflowRecord
from workflows.services.access import readable
from workflows.services.launches import Launches, launches, user_scope, workflow_scope
from workflows.services.quotas import Quotas, quotas

KEY_SECONDS = 24 * 3_600
"""How long an Idempotency-Key stands for its request."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants executed.

    Attributes:
        version: The current one, if not given.
        webhook_url: Where to tell of the execution's end.
        replay_of: The execution that it repeats.
    """

    inputs: dict[str, JsonValue] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    version: int | None = None
    webhook_url: str | None = None
    replay_of: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """An accepted execution.

    Attributes:
        secret: For an anonymous caller: what proves later that it was them. It is not stored.
    """

    execution: Execution
    secret: str | None


@dataclass(frozen=True, slots=True)
class Starts:
    """
    Attributes:
        user_limit: How many executions of one standard user may run at once; 0: any number.
    """

    workflows: WorkflowStore
    executions: ExecutionStore
    payloads: PayloadStore
    keys: IdempotencyStore
    logs: LogStore
    launches: Launches
    quotas: Quotas
    user_limit: int

    def execute(
        self, caller: Caller, workflow_id: str, wanted: Wanted, idempotency_key: str | None = None
    ) -> Started:
        """Start an execution of a workflow the caller may read.

        The record comes first, so that what was accepted is never lost; the first node makes it running.

        Raises:
            NotFound: There is no such workflow or version, or the caller may not know of it.
            Unauthenticated: Anonymous callers have neither keys nor webhooks.
            InvalidInputs: They are not as the version's schema says.
            KeyReused: The key came with another request within a day.
            QuotaExceeded: The caller has started as many today as they may.
        """
        if idempotency_key or wanted.webhook_url:
            require_user(caller, "an Idempotency-Key or a webhook_url")
        workflow, version = self._executable(caller, workflow_id, wanted.version)
        inputs = _checked(version, wanted.inputs)
        fresh_id = new_id()
        execution_id, key = fresh_id, None
        if idempotency_key is not None:
            key = _stored_key(caller, workflow_id, idempotency_key)
            execution_id = self._claim(key, wanted, fresh_id)
        if execution_id != fresh_id and (known := self.executions.get(execution_id)):
            return Started(known, None)
        self.quotas.take_execution(caller)
        secret = secrets.token_urlsafe(32) if caller.user_id is None else None
        complete = replace(wanted, inputs=inputs)
        execution = self._accepted(execution_id, caller, workflow, version, complete, secret, key)
        try:
            self.executions.create(execution)
        except ConditionFailed as error:
            known = Execution.from_item(error.item) if error.item else execution
            if known != execution:
                return Started(known, None)  # A request with the same key was faster.
            # Else it is our own write, whose answer was lost and which the SDK made once more.
        self.logs.note(execution_id, "INFO", "execution accepted", execution.started_at)
        self.launches.launch(execution)
        return Started(execution, secret)

    def execute_child(
        self,
        owner: Caller,
        parent: Execution,
        node: Parent,
        execution_id: str,
        workflow_id: str,
        wanted: Wanted,
    ) -> None:
        """Start an execution for a node of another; it is of the parent's user. Idempotent by its id.

        Args:
            owner: Of the parent's workflow, who must be allowed to execute this one, and whose quota counts.

        Raises:
            NotFound, InvalidInputs, QuotaExceeded: As above.
        """
        if self.executions.get(execution_id) is not None:
            return
        workflow, version = self._executable(owner, workflow_id, wanted.version)
        complete = replace(wanted, inputs=_checked(version, wanted.inputs))
        self.quotas.take_execution(owner)
        # What is private stays so: who executes a public workflow sees nothing of the private ones within.
        is_shown = version.visibility == "public" or parent.user_id == workflow.owner_id
        executor = replace(owner, user_id=parent.user_id if is_shown else workflow.owner_id)
        accepted = self._accepted(execution_id, executor, workflow, version, complete, None, None)
        child = replace(
            accepted,
            parent=node,
            depth=parent.depth + 1,
            secret_hash=parent.secret_hash if is_shown else "",
            # Its parent has slots while it waits: some day a circle of them would wait for each other.
            slots={},
        )
        try:
            self.executions.create(child)
        except ConditionFailed:
            return  # Another invocation was faster, or it is our own write, made once more.
        self.logs.note(execution_id, "INFO", "execution accepted", child.started_at)
        self.launches.launch(child)

    def replay(
        self, caller: Caller, execution_id: str, inputs: dict[str, JsonValue] | None = None
    ) -> Started:
        """Execute the same version of the workflow again, with the same inputs unless others are given.

        Raises:
            NotFound: There is no such execution or workflow (any more), or the caller may not know of it.
            Forbidden: The caller may not see its inputs.
        """
        before = readable(self.executions, caller, execution_id)
        require_data(caller, before, "replay it")
        wanted = Wanted(
            inputs=self.payloads.get(execution_id, before.inputs) if inputs is None else inputs,
            labels=before.labels,
            version=before.version,
            # Another person's receiver could not verify what this caller's key signs.
            webhook_url=before.webhook_url if caller.user_id == before.user_id else None,
            replay_of=execution_id,
        )
        return self.execute(caller, before.workflow_id, wanted)

    def _executable(
        self, caller: Caller, workflow_id: str, wanted_version: int | None
    ) -> tuple[WorkflowRecord, VersionRecord]:
        workflow = require_workflow(caller, workflow_id, self.workflows.current(workflow_id))
        version = self.workflows.version(workflow_id, wanted_version or workflow.version)
        if version is None or not can_read_version(caller, workflow.owner_id, version.visibility):
            raise NotFound(f"workflow {workflow_id} has no version {wanted_version}")
        return workflow, version

    def _claim(self, key: str, wanted: Wanted, execution_id: str) -> str:
        """Returns the id of the execution that the key stands for: a new one, or that of an earlier request.

        What crashed between claiming the key and writing the execution is made good by the next request.
        """
        fingerprint = sha256(json.dumps(asdict(wanted), sort_keys=True).encode()).hexdigest()
        unix_time = int(time.time())
        found = self.keys.claim(key, Claim(execution_id, fingerprint), unix_time, unix_time + KEY_SECONDS)
        if found.fingerprint != fingerprint:
            raise KeyReused("this Idempotency-Key came with another request", execution_id=found.execution_id)
        return found.execution_id

    def _accepted(
        self,
        execution_id: str,
        caller: Caller,
        workflow: WorkflowRecord,
        version: VersionRecord,
        wanted: Wanted,
        secret: str | None,
        key: str | None,
    ) -> Execution:
        overlaid = {
            name: wanted.inputs.get(name, value) for name, value in json.loads(version.variables).items()
        }
        # Lists are in the order of ids, and their times with them.
        started_at = from_milliseconds(id_milliseconds(execution_id))
        return Execution(
            execution_id=execution_id,
            workflow_id=workflow.workflow_id,
            version=version.version,
            owner_id=workflow.owner_id,
            visibility=version.visibility,
            status="pending",
            inputs=self.payloads.put(execution_id, "inputs", wanted.inputs),
            variables=self.payloads.put(execution_id, "variables", overlaid),
            started_at=started_at,
            due_at=later(now(), START_SECONDS),
            timeout_seconds=version.timeout_seconds,
            state_machine_arn=version.state_machine_arn,
            user_id=caller.user_id,
            labels=wanted.labels,
            clean_up_arn=version.clean_up_arn,
            clean_up_seconds=version.clean_up_seconds,
            slots=self._slots(caller, version),
            webhook_url=wanted.webhook_url,
            replay_of=wanted.replay_of,
            idempotency_key=key,
            secret_hash=hash_secret(secret) if secret else "",
        )

    def _slots(self, caller: Caller, version: VersionRecord) -> dict[str, int]:
        slots = {}
        if version.max_concurrent_executions is not None:
            slots[workflow_scope(version.workflow_id)] = version.max_concurrent_executions
        if self.user_limit and caller.user_id is not None:
            slots[user_scope(caller.user_id)] = self.quotas.shares.of(caller.tier, self.user_limit)
        return slots


def _checked(version: VersionRecord, inputs: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The inputs with the defaults of the version's schema, by which they are right."""
    if version.inputs_schema is None:
        return inputs
    schema = json.loads(version.inputs_schema)
    complete: dict[str, JsonValue] = with_defaults(schema, inputs)
    if problems := input_problems(schema, complete, "/inputs"):
        detail = f"{problems[0].pointer}: {problems[0].detail}"
        raise InvalidInputs(detail, problems=tuple(problems))
    return complete


def _stored_key(caller: Caller, workflow_id: str, idempotency_key: str) -> str:
    return sha256(encode([caller.user_id, workflow_id, idempotency_key]).encode()).hexdigest()


@cache
def starts() -> Starts:
    return Starts(
        workflow_store(),
        execution_store(),
        payload_store(),
        idempotency_store(),
        log_store(),
        launches(),
        quotas(),
        int(required("MAX_CONCURRENT_EXECUTIONS_PER_USER")),
    )
