"""Stop the local stack."""

from __future__ import annotations

from local import stack


def main() -> None:
    """Stop it and keep its state."""
    print("stopped" if stack.down(stack.HOME) else "not running")


if __name__ == "__main__":
    main()
