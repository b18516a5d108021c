"""What each command begins with: who calls which API, and where it prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from wfx import profiles
from wfx.api import Api
from wfx.completion import execution_ids
from wfx.screen import Screen

ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", "-p", envvar="WFX_PROFILE", help="The login to use.", metavar="NAME"),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the API's JSON on stdout, and nothing else there.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")]
ExecutionArgument = Annotated[
    str, typer.Argument(metavar="EXECUTION", help="Its id.", autocompletion=execution_ids)
]


@dataclass(frozen=True, slots=True)
class Session:
    api: Api
    screen: Screen

    @classmethod
    def open(cls, profile: str | None, as_json: bool) -> Session:
        """Take up a login.

        Raises:
            UsageFault: There is none.
        """
        screen = Screen(as_json=as_json)
        return cls(Api(profiles.current(profile), screen.note), screen)
