"""The rules: each caller with each thing, and the reason for each refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from workflows.domain.access import (
    Caller,
    can_read_data,
    can_read_version,
    has_owner_rights,
    hash_secret,
    is_executor,
    require_admin,
    require_control,
    require_data,
    require_execution,
    require_executions_of,
    require_own_workflow,
    require_user,
    require_user_or_admin,
    require_workflow,
)
from workflows.domain.errors import WorkflowError
from workflows.domain.execution import Execution
from workflows.domain.payload import Payload
from workflows.domain.workflow import Visibility
from workflows.domain.workflow_record import WorkflowRecord

AT = "2026-02-23T16:30:05.000Z"
SECRET = "of-the-anonymous-executor"
CALLERS = {
    "owner": Caller("user", "owner"),
    "executor": Caller("user", "executor"),
    "other": Caller("user", "other"),
    "admin": Caller("admin", "root"),
    "anonymous": Caller("anonymous"),
    "secret": Caller("anonymous", execution_secret=SECRET),
    "wrong secret": Caller("anonymous", execution_secret="no"),
}
MAY = ""
HIDDEN = "not_found"
FORBIDDEN = "forbidden"
TOKEN = "unauthenticated"


def workflow(visibility: Visibility) -> WorkflowRecord:
    return WorkflowRecord("w", "owner", "name", visibility, 1, AT, AT)


def execution(visibility: Visibility, user_id: str | None = "executor") -> Execution:
    nothing = Payload("inputs", "inline", 4, "null")
    return Execution(
        execution_id="e",
        workflow_id="w",
        version=1,
        owner_id="owner",
        visibility=visibility,
        status="running",
        inputs=nothing,
        variables=nothing,
        started_at=AT,
        due_at=AT,
        timeout_seconds=None,
        state_machine_arn="arn",
        user_id=user_id,
        secret_hash="" if user_id else hash_secret(SECRET),
    )


def verdict(rule: Callable[[], Any]) -> str:
    """Why a rule refuses; nothing if it does not."""
    try:
        rule()
    except WorkflowError as error:
        return error.error_code
    return MAY


def verdicts(rule: Callable[[Caller], Any]) -> dict[str, str]:
    return {name: verdict(lambda caller=caller: rule(caller)) for name, caller in CALLERS.items()}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("private", {"owner": MAY, "admin": MAY, "executor": HIDDEN, "other": HIDDEN, "anonymous": HIDDEN}),
        ("public", {"owner": MAY, "admin": MAY, "executor": MAY, "other": MAY, "anonymous": MAY}),
    ],
)
def test_workflow_is_read_and_executed_by(visibility: Visibility, expected: dict[str, str]) -> None:
    found = verdicts(lambda caller: require_workflow(caller, "w", workflow(visibility)))
    assert found | expected == found
    reads = {name: can_read_version(caller, "owner", visibility) for name, caller in CALLERS.items()}
    assert reads == {name: refusal == MAY for name, refusal in found.items()}


@pytest.mark.parametrize(
    ("visibility", "refusal", "without_token"),
    [("private", HIDDEN, HIDDEN), ("public", FORBIDDEN, TOKEN)],
)
def test_workflow_is_changed_by_its_owner_and_admins(
    visibility: Visibility, refusal: str, without_token: str
) -> None:
    found = verdicts(lambda caller: require_own_workflow(caller, "w", workflow(visibility), "delete"))
    refusals = {name: refusal if caller.user_id else without_token for name, caller in CALLERS.items()}
    assert found == {**refusals, "owner": MAY, "admin": MAY}
    assert {name for name, caller in CALLERS.items() if has_owner_rights(caller, "owner")} == {
        "owner",
        "admin",
    }


@pytest.mark.parametrize(
    ("user_id", "executors"), [("executor", {"executor"}), (None, {"secret"})], ids=["user", "anonymous"]
)
@pytest.mark.parametrize("visibility", ["private", "public"])
def test_execution_of_a_user_or_an_anonymous_caller(
    visibility: Visibility, user_id: str | None, executors: set[str]
) -> None:
    one = execution(visibility, user_id)
    with_data = executors | {"owner", "admin"}

    seen = verdicts(lambda caller: require_execution(caller, "e", one))
    data = verdicts(lambda caller: require_data(caller, one, "read its logs"))
    control = verdicts(lambda caller: require_control(caller, one, "cancel"))

    hidden = HIDDEN if visibility == "private" else MAY
    assert seen == {name: MAY if name in with_data else hidden for name in CALLERS}
    assert data == {name: MAY if name in with_data else FORBIDDEN for name in CALLERS}
    assert control == {name: MAY if name in executors | {"admin"} else FORBIDDEN for name in CALLERS}
    assert {name for name, caller in CALLERS.items() if is_executor(caller, one)} == executors
    assert {name for name, caller in CALLERS.items() if can_read_data(caller, one)} == with_data


def test_secret_of_an_anonymous_execution_opens_no_other() -> None:
    one = execution("public", None)
    another = replace(one, secret_hash=hash_secret("another"))
    assert is_executor(CALLERS["secret"], one)
    assert not is_executor(CALLERS["secret"], another)
    assert not is_executor(CALLERS["secret"], execution("public", "executor"))


def test_what_is_not_there_looks_like_what_may_not_be_known_of() -> None:
    for caller in CALLERS.values():
        missing = verdict(lambda: require_workflow(caller, "w", None))  # noqa: B023 (called at once)
        assert missing == HIDDEN
        assert verdict(lambda: require_execution(caller, "e", None)) == HIDDEN  # noqa: B023
    with pytest.raises(WorkflowError) as absent:
        require_workflow(CALLERS["other"], "w", None)
    with pytest.raises(WorkflowError) as private:
        require_workflow(CALLERS["other"], "w", workflow("private"))
    assert absent.value.detail == private.value.detail


def test_users_and_their_lists_are_for_themselves_and_admins() -> None:
    anonymous = {"anonymous", "secret", "wrong secret"}
    tokens = verdicts(lambda caller: require_user(caller, "saving a workflow"))
    assert tokens == {name: TOKEN if name in anonymous else MAY for name in CALLERS}
    admin = verdicts(lambda caller: require_admin(caller, "listing users"))
    assert admin == {name: TOKEN if name in anonymous else FORBIDDEN for name in CALLERS} | {"admin": MAY}
    own = verdicts(lambda caller: require_user_or_admin(caller, "owner", "reading a user"))
    assert own == admin | {"owner": MAY}
    lists = verdicts(lambda caller: require_executions_of(caller, "owner"))
    assert lists == {name: MAY if name in ("owner", "admin") else FORBIDDEN for name in CALLERS}


def test_refusal_says_why() -> None:
    with pytest.raises(WorkflowError, match=r"^saving a workflow needs a bearer token$"):
        require_user(CALLERS["anonymous"], "saving a workflow")
    with pytest.raises(WorkflowError, match=r"^only who started an execution and admins may cancel it$"):
        require_control(CALLERS["owner"], execution("public"), "cancel")
    with pytest.raises(WorkflowError, match=r"^only its owner and admins may change a workflow$"):
        require_own_workflow(CALLERS["other"], "w", workflow("public"), "change")
