"""Chooses the lines of a log that a report shows."""

from __future__ import annotations

from collections import Counter

from workflows.domain.execution import Execution
from workflows.domain.log_chunk import Line, size_of
from workflows.domain.log_entry import LEVELS, Level
from workflows.report.contents import LogReport
from workflows.services.log_filters import LogFilter
from workflows.services.log_formats import entry_of
from workflows.services.log_sources import LogSource
from workflows.services.logs import Logs

MAX_LINES = 3_000
_MAX_CHARACTERS = 2 * 1024 * 1024
_CHOICES: tuple[tuple[Level, ...], ...] = (("ERROR",), ("WARNING",), ("DEBUG", "INFO"))
"""What is chosen first."""


def log_report(logs: Logs, execution: Execution) -> LogReport:
    """All lines; of too many the errors, then the warnings, then the others, the last ones of each."""

    def reading(source: LogSource) -> LogReport:
        heads = source.all()
        total: Counter[Level] = Counter()
        chosen: list[Line] = []
        size = 0
        for levels in _CHOICES:
            view = source.view(heads, LogFilter(levels=levels), from_archive=True)
            for part in view.parts:
                total.update({level: part.counts.get(level, 0) for level in levels})
            for line in view.page(newest_first=True, offset=0, limit=MAX_LINES - len(chosen)):
                size += size_of(line)
                if size > _MAX_CHARACTERS:
                    break
                chosen.append(line)
        chosen.sort(key=lambda line: line[:3])
        counts = {level: total[level] for level in LEVELS if total[level]}
        return LogReport([entry_of(line) for line in chosen], counts)

    return logs.read(execution, reading)
