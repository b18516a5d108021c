"""Call a function of the local stack with its sample event, and print what it answers."""

from __future__ import annotations

import argparse
import json

from local import command_line, deployment, stack
from local.engine import REPOSITORY
from local.errors import LocalStackError
from local.template import read_template


def main() -> None:
    """Call the function that the command line names by its folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("function", help="the function's folder, as in get_health")
    given = arguments.parse_args()
    command_line.run(lambda: _invoke(given.function))


def _invoke(folder: str) -> None:
    running = stack.find(stack.HOME)
    if running is None:
        raise LocalStackError("the local stack does not run: start it with `make up`")
    events = list((REPOSITORY / "events").glob(f"*/{folder}.json"))
    if not events:
        raise LocalStackError(f"there is no function {folder}")
    session = deployment.session()
    answer = session.client("lambda", endpoint_url=running.endpoint_url).invoke(
        FunctionName=deployment.physical_id(running.endpoint_url, _logical_id(folder)),
        Payload=events[0].read_bytes(),
    )
    print(json.dumps(json.loads(answer["Payload"].read()), indent=2))


def _logical_id(folder: str) -> str:
    functions = {
        each["Properties"]["CodeUri"].rpartition("/")[2]: name
        for name, each in read_template()["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    return str(functions[folder])


if __name__ == "__main__":
    main()
