"""Start the local stack in the background."""

from __future__ import annotations

from local import command_line, stack


def main() -> None:
    """Start it, wait until it answers, and print where it is."""
    arguments = command_line.parser(__doc__).parse_args()
    running = stack.up(stack.HOME, arguments.port)
    print(f"base URL  {running.base_url}\ntokens    {stack.HOME / 'stack.json'}")


if __name__ == "__main__":
    command_line.run(main)
