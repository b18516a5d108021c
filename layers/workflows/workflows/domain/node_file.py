"""Files that nodes fetch: what is too large for an output, or is no JSON, in the data bucket."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NodeFile:
    """A node's file; its key says whose it is.

    Attributes:
        size_bytes: Of what is stored.
        content_type: As the server named it, or `application/octet-stream`.
        sha256: Of what is stored, in hexadecimal.
    """

    size_bytes: int
    content_type: str
    sha256: str

    def to_item(self) -> dict[str, Any]:
        return {"size_bytes": self.size_bytes, "content_type": self.content_type, "sha256": self.sha256}

    @classmethod
    def from_item(cls, item: dict[str, Any] | None) -> NodeFile | None:
        return None if item is None else cls(item["size_bytes"], item["content_type"], item["sha256"])

    def name(self, execution_id: str, node_id: str) -> str:
        """What it is called once it is downloaded."""
        extension = mimetypes.guess_extension(self.content_type.partition(";")[0].strip()) or ""
        return f"execution-{execution_id}-{node_id}{extension}"


def file_key(execution_id: str, path: str, node_id: str) -> str:
    """Key of a node's file in the data bucket.

    Args:
        path: Loop iterations around the node, e.g. `loop[3]/`.
    """
    return f"{files_prefix(execution_id)}{path}{node_id}"


def files_prefix(execution_id: str) -> str:
    """What the keys of all files of an execution begin with."""
    return f"files/{execution_id}/"
