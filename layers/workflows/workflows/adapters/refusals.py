"""What nodes are told where an AWS service refuses a call of a user's workflow, or does not answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from workflows.domain.errors import NodeError

_SHOWN_CHARACTERS = 300
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Refusals:
    """A service's.

    Attributes:
        prefix: What the codes of the errors begin with, e.g. `storage`.
        reasons: By AWS's code: how ours ends, and a sentence about what was asked for.
        passing: AWS's codes of what may go well in another try, besides those of statuses 429 and 5xx.
        by_message: How ours ends, by a part of AWS's message, where its code is of many things.
    """

    prefix: str
    reasons: Mapping[str, tuple[str, str]]
    passing: frozenset[str]
    by_message: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Raise a NodeError about `what` where the call in the block fails."""
        try:
            yield
        except ClientError as error:
            raise self.refused(error, what) from error
        except ParamValidationError as error:
            raise NodeError(f"{self.prefix}_request_invalid", f"{what} cannot be asked for so") from error
        except BotoCoreError as error:
            raise NodeError(
                f"{self.prefix}_unavailable",
                f"{what} did not answer ({type(error).__name__})",
                retryable=True,
            ) from error

    def refused(self, error: ClientError, what: str) -> NodeError:
        """The error for an answer that is one."""
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in self.reasons:
            name, reason = self.reasons[code]
            return NodeError(f"{self.prefix}_{name}", f"{what} {reason}")
        if code in self.passing or status >= 500 or status == _TOO_MANY_REQUESTS:
            return NodeError(
                f"{self.prefix}_unavailable", f"{what} is refused for now ({code})", retryable=True
            )
        name = next((name for part, name in self.by_message.items() if part in message), "request_invalid")
        return NodeError(f"{self.prefix}_{name}", f"{what} is refused: {message[:_SHOWN_CHARACTERS] or code}")
