"""Start the local stack, show the examples on it, and serve until Ctrl-C."""

from __future__ import annotations

import signal
from contextlib import suppress

from local import command_line, demo, stack
from local.errors import LocalStackError


def main() -> None:
    """Start, show, serve, stop."""
    arguments = command_line.parser(__doc__)
    arguments.add_argument("--once", action="store_true", help="end after the examples")
    options = arguments.parse_args()
    if stack.find(stack.HOME):
        raise LocalStackError("it runs in the background already: `make down` first")
    # A plain `kill` ends it as Ctrl-C does, also where a script started it, which has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        running = stack.up(stack.HOME, options.port)
        demo.show(running)
        if not options.once:
            _serve(running)
    finally:
        stack.down(stack.HOME)


def _serve(running: stack.Stack) -> None:
    print(f"\nServing at {running.base_url}")
    for user_id, token in running.tokens.items():
        print(f"  {user_id:6} Authorization: Bearer {token}")
    print("Ctrl-C ends it.")
    with suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    command_line.run(main)
