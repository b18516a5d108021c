"""Makes files of logs, and links to them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from workflows.adapters.log_archives import BlockPacker
from workflows.adapters.object_store import Bucket, NoSuchObject
from workflows.adapters.stores import logs_bucket
from workflows.domain.access import Caller
from workflows.domain.execution import Execution
from workflows.domain.ids import new_id
from workflows.domain.log_archive import Archive, LogFormat
from workflows.domain.times import format_time, now
from workflows.services.log_files import LogFile, write_files
from workflows.services.log_filters import LogFilter
from workflows.services.log_formats import FILE_FORMATS
from workflows.services.log_sources import LogSource
from workflows.services.logs import Logs, logs

LINK_SECONDS = 900
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be downloaded.

    Attributes:
        expires_at: When `url` stops working, ISO 8601 UTC.
    """

    url: str
    filename: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class LogDownloads:
    logs: Logs
    bucket: Bucket

    def create(
        self,
        caller: Caller,
        execution_id: str,
        log_format: LogFormat,
        wanted: LogFilter,
        *,
        takes_gzip: bool,
    ) -> Download:
        """Link to a file of the matching lines: the archive's, or one of the lines as they are now.

        Args:
            takes_gzip: Whether whoever downloads it undoes `Content-Encoding: gzip`.

        Raises:
            NotFound, Forbidden: As the caller may see it.
        """
        execution = self.logs.readable(caller, execution_id)
        archive = self.logs.archive(execution) if wanted.takes_all else None
        if archive is None:
            key = self._export(execution, log_format, wanted, takes_gzip)
        elif takes_gzip:
            key = archive.key(log_format)
        else:
            try:
                key = self._unpacked(archive, log_format)
            except NoSuchObject:
                key = self._export(execution, log_format, wanted, takes_gzip)
        return self._link(execution_id, key, log_format)

    def _unpacked(self, archive: Archive, log_format: LogFormat) -> str:
        """The key of a plain copy of an archive's file, made once a day at most."""
        # A day is less than the bucket keeps it.
        key = f"exports/{archive.execution_id}/{archive.version}-{now()[:10]}.{log_format}"
        if not self.bucket.has(key):
            unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            with self.bucket.upload(key, FILE_FORMATS[log_format].content_type) as upload:
                for piece in self.bucket.pieces(archive.key(log_format)):
                    while piece:
                        # A MiB of the like may be a thousand.
                        upload.write(unpacker.decompress(piece, _PIECE_BYTES))
                        piece = unpacker.unconsumed_tail
                upload.write(unpacker.flush())
        return key

    def _export(
        self, execution: Execution, log_format: LogFormat, wanted: LogFilter, takes_gzip: bool
    ) -> str:
        key = f"exports/{execution.execution_id}/{new_id()}.{log_format}"
        content_type = FILE_FORMATS[log_format].content_type

        def reading(source: LogSource) -> None:
            view = source.view(source.all(), wanted, from_archive=True)
            # The least effort, as somebody waits: text of logs shrinks to a fifth or less all the same.
            packer = BlockPacker(level=1) if takes_gzip else None
            with self.bucket.upload(key, content_type, is_gzip=takes_gzip) as upload:
                write_files([LogFile(log_format, upload, packer)], execution, view)

        self.logs.read(execution, reading)
        return key

    def _link(self, execution_id: str, key: str, log_format: LogFormat) -> Download:
        file_format = FILE_FORMATS[log_format]
        filename = f"execution-{execution_id}-logs.{file_format.extension}"
        url = self.bucket.presign(
            key, filename=filename, content_type=file_format.content_type, expires_seconds=LINK_SECONDS
        )
        expires_at = datetime.now(UTC) + timedelta(seconds=LINK_SECONDS)
        return Download(url, filename, format_time(expires_at))


@cache
def log_downloads() -> LogDownloads:
    return LogDownloads(logs(), logs_bucket())
