"""Archives the logs of executions that have ended, and of others before their chunks expire."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache

from workflows.adapters.clients import SERVICE_FAILURES
from workflows.adapters.environment import required
from workflows.adapters.executions import ExecutionStore
from workflows.adapters.log_archives import ArchiveStore, BlockPacker
from workflows.adapters.logs import LogStore
from workflows.adapters.object_store import NoSuchObject, Upload
from workflows.adapters.queues import Queue
from workflows.adapters.stores import archive_store, execution_store, log_store
from workflows.domain.execution import Execution
from workflows.domain.ids import new_id
from workflows.domain.log_archive import LAST_LINES_SECONDS, LOG_FORMATS, Archive, LogFormat
from workflows.domain.log_chunk import NONE, ChunkHead
from workflows.domain.times import now
from workflows.domain.transitions import later
from workflows.services.log_downloads import LINK_SECONDS
from workflows.services.log_files import LogFile, write_files
from workflows.services.log_filters import ALL_LINES
from workflows.services.log_formats import FILE_FORMATS
from workflows.services.log_sources import LogSource, Snapshot

_AGAIN_SECONDS = 60
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class ArchiveRequests:
    """Asks for archives to be made."""

    archives: ArchiveStore
    queue: Queue
    chunk_days: int

    def request(self, execution: Execution, seconds: int = LAST_LINES_SECONDS) -> None:
        """Have an execution's log archived, in some seconds or later."""
        sender = execution.user_id or execution.workflow_id
        self.queue.send({"execution_id": execution.execution_id}, sender, delay_seconds=seconds)

    def request_discard(self, archive: Archive) -> None:
        """Have the files of a replaced archive deleted, once nobody has a link to them any more."""
        message = {"execution_id": archive.execution_id, "version": archive.version}
        self.queue.send(message, archive.execution_id, delay_seconds=LINK_SECONDS)

    def request_before_expiry(self, execution: Execution, at: str) -> None:
        """Have the log of one that goes on for so long archived that its first chunks will expire."""
        # Most are young, and need no look at the archive.
        if self.is_due(execution, None, at):
            archive = self.archives.get(execution.execution_id)
            if self.is_due(execution, archive, at):
                self.request(execution, 0)

    def postpone(self, receipt_handle: str, tries: int) -> None:
        """Have a message whose archive could not be made come again, later each time."""
        # Without this it comes again all the same, at the queue's own pace.
        with suppress(*SERVICE_FAILURES):
            self.queue.postpone(receipt_handle, _AGAIN_SECONDS * tries)

    def is_due(self, execution: Execution, archive: Archive | None, at: str) -> bool:
        """Whether the oldest chunks that are not in the archive have lived half of their life."""
        since = archive.made_at if archive else execution.started_at
        return later(since, self._half_seconds) <= at

    @property
    def _half_seconds(self) -> float:
        return self.chunk_days * _DAY_SECONDS / 2


@dataclass(frozen=True, slots=True)
class Volume:
    """How much was logged.

    Attributes:
        size: Bytes as JSON lines.
    """

    lines: int
    size: int

    @classmethod
    def between(cls, old: Archive | None, new: Archive) -> Volume:
        """What a new archive holds that the one before did not."""
        before = old.blocks if old else ()
        lines = [sum(sum(block.counts.values()) for block in blocks) for blocks in (new.blocks, before)]
        sizes = [sum(block.size for block in blocks) for blocks in (new.blocks, before)]
        return cls(max(0, lines[0] - lines[1]), max(0, sizes[0] - sizes[1]))


class LinesMissing(Exception):
    """Fewer lines were found than the heads of chunks promise, and none of them has expired."""


@dataclass(frozen=True, slots=True)
class LogArchives:
    executions: ExecutionStore
    store: LogStore
    archives: ArchiveStore
    requests: ArchiveRequests
    archive_days: int

    def archive(self, execution_id: str) -> Volume | None:
        """Archive an execution's log, once no more lines of it can come; until then it asks again.

        Idempotent: lines that are archived are not archived again.

        Returns:
            How much was archived that had not been before; None: there was nothing to archive now.
        """
        execution = self.executions.get(execution_id)
        if execution is None:
            return None
        at = now()
        stopped_at = execution.completed_at or execution.paused_at
        if stopped_at is not None and self._is_lively(execution, stopped_at, at):
            self.requests.request(execution, _AGAIN_SECONDS)
            return None
        old = self.archives.get(execution_id)
        if stopped_at is None and not self.requests.is_due(execution, old, at):
            return None  # It was retried or resumed meanwhile.
        # From the archive before this one also where its chunks are still there: they may go any moment.
        source = LogSource(execution_id, self.store, self.archives, old)
        snapshot = source.snapshot(NONE)
        if not snapshot.heads and (old is None or old.ended_at == execution.completed_at):
            return None  # All lines are in it already; or there is none.
        try:
            new = self._write(execution, source, snapshot)
        except NoSuchObject:
            # What chunks are left of is better than nothing.
            source = source.without_archive()
            new = self._write(execution, source, source.snapshot(NONE))
        if old is not None:
            self.requests.request_discard(old)  # Which takes place if it is not the current one then.
        if not self.archives.replace(old, new):
            # Another invocation was faster. What it did not know of is archived the next time.
            self.archives.delete_files(execution_id, new.version)
            self.requests.request(execution, _AGAIN_SECONDS)
            return None
        if self.executions.get(execution_id) is None:
            self.archives.delete(new)  # It was deleted meanwhile.
        elif old is None and execution.is_terminal and execution.status != "completed":
            # Of a node that had great trouble to store them, last lines may come after all.
            self.requests.request(execution, LINK_SECONDS)
        return Volume.between(old, new)

    def discard(self, execution_id: str, version: str) -> None:
        """Delete the files of an archive, if another has taken its place."""
        current = self.archives.get(execution_id)
        if current is None or current.version != version:
            self.archives.delete_files(execution_id, version)

    def _is_lively(self, execution: Execution, stopped_at: str, at: str) -> bool:
        """Whether lines may still come of an execution that is over, or paused."""
        if later(stopped_at, LAST_LINES_SECONDS) > at:
            return True
        if execution.is_cleaning_up:
            return True
        # No node outlasts a completed execution; the last lines of others come right after their leases.
        since = later(at, -LAST_LINES_SECONDS)
        return execution.status != "completed" and self.executions.has_live_lease(
            execution.execution_id, since
        )

    def _write(self, execution: Execution, source: LogSource, snapshot: Snapshot) -> Archive:
        """Write the files.

        Raises:
            NoSuchObject: The archive before it is gone.
            LinesMissing: Some lines that should be there were not found.
        """
        chunks_until = _chunks_until(snapshot.heads, source.archive)
        view = source.view(snapshot.heads, ALL_LINES, from_archive=True)
        new = Archive(
            execution_id=execution.execution_id,
            version=new_id(),
            made_at=now(),
            ended_at=execution.completed_at,
            known=snapshot.known,
            chunks_until=chunks_until,
            # A day before the bucket's lifecycle deletes them.
            expires_at=int(time.time()) + (self.archive_days - 1) * _DAY_SECONDS,
            blocks=(),
        )
        with self._cleaning_up(new), ExitStack() as stack:
            packers = {name: BlockPacker() for name in LOG_FORMATS}
            uploads = {name: stack.enter_context(self._upload(new, name)) for name in LOG_FORMATS}
            files = [LogFile(n, uploads[n], packers[n], is_indexed=n == "jsonl") for n in LOG_FORMATS]
            lines = write_files(files, execution, view)
            if lines < view.count() and chunks_until > time.time():
                raise LinesMissing(f"{lines} of {view.count()} lines of {execution.execution_id} were found")
        return replace(new, blocks=tuple(packers["jsonl"].blocks))

    @contextmanager
    def _cleaning_up(self, archive: Archive) -> Iterator[None]:
        """Delete the files of an archive that comes to nothing."""
        try:
            yield
        except BaseException:
            with suppress(*SERVICE_FAILURES):
                self.archives.delete_files(archive.execution_id, archive.version)
            raise

    def _upload(self, archive: Archive, log_format: LogFormat) -> AbstractContextManager[Upload]:
        content_type = FILE_FORMATS[log_format].content_type
        return self.archives.bucket.upload(archive.key(log_format), content_type, is_gzip=True)


def _chunks_until(heads: Sequence[ChunkHead], old: Archive | None) -> int:
    times = [head.expires_at for head in heads] + ([old.chunks_until] if old else [])
    return min(times)


@cache
def archive_requests() -> ArchiveRequests:
    chunk_days = int(required("LOG_CHUNK_DAYS"))
    return ArchiveRequests(archive_store(), Queue(required("ARCHIVE_QUEUE_URL")), chunk_days)


@cache
def log_archives() -> LogArchives:
    archive_days = int(required("LOG_ARCHIVE_DAYS"))
    return LogArchives(execution_store(), log_store(), archive_store(), archive_requests(), archive_days)
