"""The command line: which commands there are, and how errors end."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import typer

from wfx.commands import (
    answer,
    control,
    download,
    execute,
    executions,
    login,
    logs,
    report,
    secrets,
    workflows,
)
from wfx.commands import watch as watching
from wfx.errors import EXIT_CODES, UsageFault, WfxError
from wfx.screen import Screen

app = typer.Typer(
    name="wfx",
    help="Save workflows, execute them, watch them, and read what they log.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    # What goes wrong with this program itself is for its makers: a plain traceback, without values.
    pretty_exceptions_enable=False,
)
_PANELS: dict[str, dict[str, Callable[..., None]]] = {
    "Who you are": {"login": login.login, "logout": login.logout, "whoami": login.whoami},
    "Workflows": {
        "save": workflows.save,
        "validate": workflows.validate,
        "workflows": workflows.list_workflows,
    },
    "Executions": {
        "execute": execute.execute,
        "watch": watching.watch,
        "list": executions.list_executions,
        "show": executions.show,
        "logs": logs.logs,
        "download": download.download,
        "open": report.open_report,
    },
    "Control": {
        "answer": answer.answer,
        "cancel": control.cancel,
        "pause": control.pause,
        "resume": control.resume,
        "retry": control.retry,
        "replay": execute.replay,
    },
}
for _panel, _commands in _PANELS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_panel)(_command)
app.add_typer(secrets.app, name="secrets", rich_help_panel="Workflows")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit; what a person can mend is told without a traceback.

    Args:
        arguments: Of the command line; by default this process's.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal does not know is no reason to stop.
            stream.reconfigure(errors="backslashreplace")
    try:
        app(arguments, prog_name="wfx")
    except WfxError as error:
        _end(error)
    except OSError as error:
        # Such as a disk that is full, or a folder that nobody may read.
        _end(UsageFault(str(error)))


def _end(error: WfxError) -> NoReturn:
    Screen().error(error)
    sys.exit(error.exit_code)
