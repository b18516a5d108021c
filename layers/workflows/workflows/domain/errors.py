"""Everything that can be wrong, as one tree. `http/problem.py` alone knows the HTTP statuses.

WorkflowError
├── NotFound                the noun does not exist, or the caller may not know of it
├── Forbidden               known to the caller, not allowed
├── Unauthenticated         a credential is needed, or the one given is not good
├── Malformed               the request cannot be read: JSON, types, ranges, unknown fields
├── Invalid                 it can be read, and is not a valid definition
├── InvalidInputs           they are not what the workflow takes
├── KeyReused               an Idempotency-Key was sent before with another request
├── IllegalTransition       the execution is not in a status from which this is possible
├── UnsupportedMediaType    the body is of a type that we do not read
├── TooLarge                the request is larger than we take
├── Conflict                somebody else changed it meanwhile, or has it already
├── LimitReached            the caller has as many of something as they may
├── RateLimited             the caller asks more often than they may
│   └── QuotaExceeded       the caller has used up what they may in a day
├── Unavailable             a service we depend on refused for now: try again
└── NodeError               a node's work failed (never leaves the runtime as an HTTP answer)
    └── ModelBusy           a language model cannot answer for now
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the body, `""` for the whole; or the name of a parameter.
        detail: What is wrong and what would be right, in one sentence.
    """

    pointer: str
    detail: str


class WorkflowError(Exception):
    """Base of the tree.

    Attributes:
        error_code: Stable, machine-readable name.
        problems: Each thing that is wrong, where more than one place can be named.
        execution_id: The execution it is about, where there is one.
    """

    error_code = "workflow_error"

    def __init__(
        self, detail: str, *, problems: tuple[Problem, ...] = (), execution_id: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems
        self.execution_id = execution_id


class NotFound(WorkflowError):
    error_code = "not_found"


class Forbidden(WorkflowError):
    error_code = "forbidden"


class Unauthenticated(WorkflowError):
    error_code = "unauthenticated"


class Malformed(WorkflowError):
    error_code = "malformed_request"


class Invalid(WorkflowError):
    error_code = "invalid_definition"


class InvalidInputs(WorkflowError):
    error_code = "invalid_inputs"


class KeyReused(WorkflowError):
    error_code = "idempotency_key_reused"


class IllegalTransition(WorkflowError):
    error_code = "illegal_transition"


class UnsupportedMediaType(WorkflowError):
    error_code = "unsupported_media_type"


class TooLarge(WorkflowError):
    error_code = "request_too_large"


class Conflict(WorkflowError):
    error_code = "conflict"


class LimitReached(WorkflowError):
    error_code = "limit_reached"


class RateLimited(WorkflowError):
    """
    Attributes:
        retry_after_seconds: When asking again makes sense.
    """

    error_code = "rate_limited"

    def __init__(self, detail: str, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class QuotaExceeded(RateLimited):
    error_code = "quota_exceeded"


class Unavailable(WorkflowError):
    error_code = "unavailable"


class NodeError(WorkflowError):
    """A node's work failed.

    Attributes:
        code: Stable name of the kind of failure, e.g. `expression_failed`, `http_status`.
        retryable: Whether another try could succeed; False for what is wrong in the definition or data.
    """

    error_code = "node_failed"

    def __init__(self, code: str, detail: str, *, retryable: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.retryable = retryable


class ModelBusy(NodeError):
    """
    Attributes:
        retry_after_seconds: How long to wait at least, by what its server says.
    """

    def __init__(self, detail: str, retry_after_seconds: float = 0.0) -> None:
        super().__init__("agent_model_busy", detail, retryable=True)
        self.retry_after_seconds = retry_after_seconds
