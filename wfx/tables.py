"""Documents of the API as tables and lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wfx.texts import cell, compact, plain
from wfx.times import duration, second_of

Document = Mapping[str, Any]

STYLES = {
    "pending": "dim",
    "running": "cyan",
    "waiting": "yellow",
    "paused": "yellow",
    "completed": "green",
    "failed": "red",
    "skipped": "dim",
    "cancelled": "magenta",
}
_LEAST_WIDTH = 72
"""Where an id in one piece leaves room for the columns beside it."""
_LEVELS = {"DEBUG": "dim", "INFO": "green", "WARNING": "yellow", "ERROR": "bold red"}


def status_text(status: str) -> Text:
    return cell(status, STYLES.get(status, ""))


def table(*columns: str, whole: str = "", width: int = 0) -> Table:
    """A table without lines, whose cells fold where they must.

    Args:
        whole: The column to copy ids from, which does not fold where there is room for it.
        width: Of the screen, in columns.
    """
    made = Table(box=None, header_style="bold dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column == whole and width >= _LEAST_WIDTH)
    return made


def executions(found: Iterable[Document], width: int) -> Table:
    made = table("execution", "status", "started (UTC)", "took", "workflow", whole="execution", width=width)
    for execution in found:
        made.add_row(
            cell(execution["execution_id"]),
            status_text(execution["status"]),
            cell(second_of(execution["started_at"])),
            cell(duration(execution["started_at"], execution.get("completed_at"))),
            cell(execution["workflow_id"], "dim"),
        )
    return made


def workflows(found: Iterable[Document], width: int) -> Table:
    made = table("name", "version", "visibility", "updated (UTC)", "workflow", whole="workflow", width=width)
    for workflow in found:
        made.add_row(
            cell(workflow["name"], "bold"),
            cell(workflow["version"]),
            cell(workflow["visibility"]),
            cell(second_of(workflow["updated_at"])),
            cell(workflow["workflow_id"]),
        )
    return made


def secrets(found: Iterable[Document]) -> Table:
    made = table("secret", "updated (UTC)")
    for secret in found:
        made.add_row(cell(secret["name"], "bold"), cell(second_of(secret["updated_at"])))
    return made


def problems(found: Iterable[Document]) -> Table:
    """What is wrong with a definition, and where."""
    made = table("where", "what")
    for problem in found:
        made.add_row(cell(problem["pointer"] or "/", "bold"), cell(problem["detail"]))
    return made


def nodes(found: Iterable[tuple[str, Document]], now: datetime | None = None) -> Table:
    """Nodes, each with its status, tries and time."""
    made = table("node", "status", "tries", "took", "")
    for node_id, node in found:
        made.add_row(
            cell(node_id, "bold" if node["status"] in ("running", "waiting") else ""),
            status_text(node["status"]),
            cell(node.get("tries")),
            cell(node_took(node, now)),
            cell(node_remark(node), "dim"),
        )
    return made


def node_took(node: Document, now: datetime | None = None) -> str:
    """How long a node took, or has taken until `now`."""
    return duration(node.get("started_at"), node.get("completed_at"), now)


def node_remark(node: Document) -> str:
    """What else there is to say of a node."""
    remarks = []
    if "iterations" in node:
        failed = f", {node['failed_iterations']} failed" if node.get("failed_iterations") else ""
        remarks.append(f"{node['iterations']} iterations{failed}")
    if "branch" in node:
        remarks.append(f"-> {node['branch']}")
    if node["status"] == "waiting" and "wakes_at" in node:
        remarks.append(f"until {second_of(node['wakes_at'])} UTC")
    if "child_execution_id" in node:
        remarks.append(f"execution {node['child_execution_id']}")
    if "error" in node:
        remarks.append(f"{node['error']['code']}: {node['error']['message']}")
    return ", ".join(remarks)


def log_line(entry: Document) -> Text:
    """`[2026-02-23T16:30:05Z] INFO [node-1] - message field="value"`, as downloads have it."""
    fields = "".join(
        f" {plain(name)}={compact(value)}" for name, value in (entry.get("fields") or {}).items()
    )
    level = entry["level"]
    return Text.assemble(
        (f"[{plain(entry['timestamp'])[:19]}Z] ", "dim"),
        (plain(level), _LEVELS.get(level, "")),
        (f" [{plain(entry.get('node_id') or 'execution')}]", "bold"),
        f" - {plain(entry['message'])}",
        (fields, "dim"),
    )


def facts(found: Sequence[tuple[str, RenderableType]]) -> Table:
    """Names and values, one a line."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column(style="bold dim")
    made.add_column(overflow="fold")
    for name, value in found:
        made.add_row(name, value)
    return made
