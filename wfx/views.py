"""What of a watched execution is printed: its JSON, or a line for each change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from wfx.api import Answer
from wfx.questions import Question, of_execution
from wfx.screen import Screen
from wfx.tables import Document, log_line, node_remark, node_took, status_text
from wfx.texts import cell, json_text
from wfx.times import duration
from wfx.watching import ENDS


class JsonView:
    """The execution as the API gives it, a line for each change."""

    takes_lines = False

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def show(self, answer: Answer) -> None:
        self._screen.json(answer)

    def log(self, lines: Sequence[Document]) -> None:
        """It takes none."""

    def ask(self, questions: Sequence[Question]) -> None:
        """It takes none."""


class LineView:
    """A line for each change of the execution and of a node, and those of the log between them."""

    takes_lines = True

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._status = ""
        self._nodes: dict[str, tuple[Any, ...]] = {}
        self._asked: set[Question] = set()

    def show(self, answer: Answer) -> None:
        execution = answer.document
        has_ended = execution["status"] in ENDS
        if not has_ended:
            self._show_status(execution)
        for node_id, node in (execution.get("nodes") or {}).items():
            state = (node["status"], node.get("tries"))
            if node["status"] != "pending" and self._nodes.get(node_id) != state:
                self._screen.say(node_change(node_id, node))
            self._nodes[node_id] = state
        self.ask(of_execution(execution))
        if has_ended:
            self._show_status(execution)

    def log(self, lines: Sequence[Document]) -> None:
        for line in lines:
            self._screen.say(log_line(line))

    def ask(self, questions: Sequence[Question]) -> None:
        for question in questions:
            if question not in self._asked:
                self._asked.add(question)
                self._screen.say(question_text(question))

    def _show_status(self, execution: Document) -> None:
        if execution["status"] != self._status:
            self._status = execution["status"]
            self._screen.say(execution_change(execution))


def node_change(node_id: str, node: Document) -> Text:
    """`node greet completed in 0.5 s (-> true)`."""
    took = node_took(node)
    remarks = [f"try {node['tries']}"] if (node.get("tries") or 1) > 1 else []
    remarks += [remark] if (remark := node_remark(node)) else []
    return Text.assemble(
        "node ",
        cell(node_id, "bold"),
        " ",
        status_text(node["status"]),
        f" in {took}" if took else "",
        (cell(f" ({', '.join(remarks)})", "dim") if remarks else ""),
    )


def execution_change(execution: Document) -> Text:
    """`execution 0189... completed in 3.2 s`, and what can be done with one that is paused or has failed."""
    execution_id, status = execution["execution_id"], execution["status"]
    took = duration(execution["started_at"], execution.get("completed_at"))
    hint = {
        "paused": f"; to go on: wfx resume {execution_id}",
        "failed": f"; once it is mended: wfx retry {execution_id}",
    }
    return Text.assemble(
        "execution ",
        cell(execution_id, "bold"),
        " ",
        status_text(status),
        f" in {took}" if took else "",
        cell(hint.get(status, ""), "dim"),
    )


def question_text(question: Question) -> Text:
    return Text.assemble(cell(question.text, "yellow"), "\n  ", cell(question.command, "bold"))


def outcome(execution: Document) -> Text | None:
    """What came of an execution that has ended: its result, or its error."""
    if execution.get("error"):
        error = execution["error"]
        node = f"{error['node_id']}: " if error.get("node_id") else ""
        return Text.assemble(("error ", "bold red"), cell(f"{node}{error['code']}: {error['message']}"))
    if execution.get("result_url"):
        return Text.assemble(("result ", "bold"), cell(execution["result_url"]))
    if "result" in execution:
        return Text.assemble(("result ", "bold"), json_text(execution["result"]))
    return None
