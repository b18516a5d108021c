"""The program that tells what functions load: `python loaded_modules.py FOLDER ...`, of functions of a kind.

It loads what the kind shares once, and each function in a copy of the process. JSON says of each folder which
modules of others than Python it loaded, and which of our pydantic models are built by then.
"""

import importlib
import json
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SHARED = {
    "api": ("workflows.http.resolver", "workflows.http.requests", "workflows.adapters.clients"),
    "nodes": ("workflows.runtime.handler",),
    "lifecycle": ("aws_lambda_powertools", "workflows.adapters.clients"),
    "functions": (),
}


def _main(folders: list[str]) -> None:
    for name in _SHARED[Path(folders[0]).parent.name]:
        importlib.import_module(name)
    json.dump({folder: _loaded(folder) for folder in folders}, sys.stdout)


def _loaded(folder: str) -> Any:
    ours, theirs = os.pipe()
    if os.fork() == 0:
        runpy.run_path(f"{folder}/app.py")
        modules = [name for name in sys.modules if _is_package(name.split(".")[0])]
        with os.fdopen(theirs, "w") as pipe:
            json.dump({"modules": modules, "built": list(_built())}, pipe)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        found = json.load(pipe)
    os.wait()
    return found


def _is_package(name: str) -> bool:
    return not (name in sys.stdlib_module_names or name == "__main__" or name.startswith("_sysconfigdata"))


def _built() -> Iterator[str]:
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if module.__name__.startswith("workflows.") else ():
            if getattr(value, "__pydantic_complete__", False):
                yield f"{module.__name__}.{name}"


_main(sys.argv[1:])
