"""S3 and SQS in memory, as far as our adapters use them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from tests.faults.dynamodb import refused


@dataclass
class FakeS3:
    objects: dict[str, bytes] = field(default_factory=dict)

    def put_object(self, *, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.objects[Key] = Body
        return {}

    def get_object(self, *, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise refused("GetObject", "NoSuchKey", Key)
        return {"Body": io.BytesIO(self.objects[Key])}

    def delete_object(self, *, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.objects.pop(Key, None)
        return {}


@dataclass
class FakeSQS:
    messages: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, *, MessageBody: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.messages.append(json.loads(MessageBody))
        return {}
