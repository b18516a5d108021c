"""Where the values of executions are kept: in the record, in an item of their own, or in S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from workflows.adapters.dynamodb import Table
from workflows.adapters.object_store import Bucket, NoSuchObject
from workflows.domain.errors import NotFound
from workflows.domain.node_file import NodeFile, file_key, files_prefix
from workflows.domain.payload import Payload, encode, objects_prefix, place
from workflows.domain.workflow import JsonValue

LINK_SECONDS = 900


@dataclass(frozen=True, slots=True)
class PayloadStore:
    table: Table
    bucket: Bucket

    def put(self, execution_id: str, name: str, value: JsonValue) -> Payload:
        """Store `value` under `name` (unique within the execution) and say where it is.

        Raises:
            ValueError, TypeError: It is not JSON.
        """
        text = encode(value)
        payload = place(name, text)
        if payload.storage == "item":
            self.table.put({"execution_id": execution_id, "record": payload.record, "text": text})
        elif payload.storage == "object":
            self.bucket.put(payload.object_key(execution_id), text.encode(), "application/json")
        return payload

    def get(self, execution_id: str, payload: Payload) -> JsonValue:
        """The value that `put` stored; it is complete before the record that names it is written.

        Raises:
            NotFound: The execution has been deleted since that record was read.
        """
        if payload.text is not None:
            return json.loads(payload.text)
        if payload.storage == "object":
            with _of_what_is_kept(execution_id):
                return json.loads(self.bucket.get(payload.object_key(execution_id)))
        return json.loads(self._item_text(execution_id, payload))

    def beginning(self, execution_id: str, payload: Payload, size_bytes: int) -> str:
        """The JSON of a value, as far as it begins in so many bytes.

        Raises:
            NotFound: As `get`.
        """
        if payload.text is not None:
            data = payload.text.encode()
        elif payload.storage == "object":
            with _of_what_is_kept(execution_id):
                data = self.bucket.get_range(payload.object_key(execution_id), 0, size_bytes)
        else:
            data = self._item_text(execution_id, payload).encode()
        # A character may be cut in two.
        return data[:size_bytes].decode(errors="ignore")

    def delete_objects(self, execution_id: str) -> None:
        """Delete the values that are objects, and nodes' files; the others go with the execution's items."""
        self.bucket.delete_all(objects_prefix(execution_id))
        self.bucket.delete_all(files_prefix(execution_id))

    def file_link(self, execution_id: str, path: str, node_id: str, file: NodeFile) -> str:
        """A URL that downloads a node's file, good for 15 minutes."""
        return self.bucket.presign(
            file_key(execution_id, path, node_id),
            filename=file.name(execution_id, node_id),
            content_type=file.content_type,
            expires_seconds=LINK_SECONDS,
        )

    def link(self, execution_id: str, payload: Payload, filename: str) -> str:
        """A URL that downloads an `object` payload, good for 15 minutes."""
        return self.bucket.presign(
            payload.object_key(execution_id),
            filename=filename,
            content_type="application/json",
            expires_seconds=LINK_SECONDS,
        )

    def _item_text(self, execution_id: str, payload: Payload) -> str:
        item = self.table.get({"execution_id": execution_id, "record": payload.record}, consistent=True)
        if item is None:
            raise NotFound(f"there is no execution {execution_id} any more")
        text: str = item["text"]
        return text


@contextmanager
def _of_what_is_kept(execution_id: str) -> Iterator[None]:
    try:
        yield
    except NoSuchObject as error:
        raise NotFound(f"there is no execution {execution_id} any more") from error
