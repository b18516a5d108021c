"""Values that nobody may see: from a prompt that shows nothing, or from stdin; never from an argument."""

from __future__ import annotations

import getpass
import sys

from wfx.errors import UsageFault


def read_secret(prompt: str) -> str:
    """What is typed at the prompt; where no terminal is, all of stdin but for a line's end.

    Raises:
        UsageFault: There is nothing, or it is not UTF-8.
    """
    try:
        if sys.stdin.isatty():
            text = getpass.getpass(f"{prompt}: ")
        else:
            text = sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except EOFError as error:
        raise UsageFault(f"{prompt}: nothing was given") from error
    except UnicodeDecodeError as error:
        raise UsageFault(f"{prompt}: what was given is not UTF-8") from error
    if not text:
        raise UsageFault(f"{prompt}: nothing was given")
    return text
