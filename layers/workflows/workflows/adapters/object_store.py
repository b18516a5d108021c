"""An S3 bucket: objects by key, and links that let a browser download one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.adapters.clients import client


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket by its name."""

    name: str

    def put(self, key: str, body: bytes, content_type: str) -> None:
        client("s3").put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes:
        body: bytes = client("s3").get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are no error."""
        for key in keys:
            client("s3").delete_object(Bucket=self.name, Key=key)

    def presign(self, key: str, *, filename: str, content_type: str, expires_seconds: int) -> str:
        """A URL that downloads the object under `filename` until it expires."""
        url: str = client("s3").generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.name,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{filename}"',
                "ResponseContentType": content_type,
            },
            ExpiresIn=expires_seconds,
        )
        return url
