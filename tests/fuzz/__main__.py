"""Tries all operations of a stack of its own with thousands of requests, as each kind of caller.

python -m tests.fuzz --examples 50 --seed 1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.shared_stack import shared_stack
from tests.fuzz.run import Plan, fuzz


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Tries all operations.")
    parser.add_argument("--examples", type=int, default=30, help="requests of each operation in each phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    # Admins come last, as they may delete anybody.
    parser.add_argument("--roles", nargs="+", default=["user", "anonymous", "admin"])
    asked = parser.parse_args()
    plan = Plan(asked.phases, asked.examples, asked.seed)
    failed = False
    with TemporaryDirectory() as folder, shared_stack(Path(folder) / "stack") as stack:
        for role in asked.roles:
            sys.stdout.write(f"as {role}: nothing is said until all is tried ...\n")
            try:
                sys.stdout.write(fuzz(stack, Path(folder), plan, role))
            except AssertionError as error:
                failed = True
                sys.stdout.write(str(error))
    sys.exit(failed)


main()
