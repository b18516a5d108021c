"""`python -m tools.parameters` writes `docs/parameters.md`: those of a deployment, by the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.markdown import DOCS, document, table
from tools.statements import template

PATH = DOCS / "parameters.md"

_INTRODUCTION = """\
# Parameters

Of a deployment, made by `python -m tools.parameters` from [template.yaml](../template.yaml). All have
defaults.
Set others as `parameter_overrides` in `samconfig.toml`, as [deployment.md](deployment.md#parameters) says.
"""


def render() -> str:
    """The text of `docs/parameters.md`."""
    lines = [_INTRODUCTION]
    for group in template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        lines += [f"## {group['Label']['default']}", ""]
        rows = (_row(name, template()["Parameters"][name]) for name in group["Parameters"])
        lines += [*table("parameter", "default", "values", "meaning", rows=rows), ""]
    return document(lines[:-1])


def _row(name: str, parameter: dict[str, Any]) -> Iterator[str]:
    default = parameter["Default"]
    yield f"`{name}`"
    yield "" if default == "" else f"`{default}`"
    yield _values(parameter)
    yield parameter["Description"]


def _values(parameter: dict[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    low, high = parameter.get("MinValue"), parameter.get("MaxValue")
    if low is not None:
        return f"{low:,} to {high:,}" if high is not None else f"{low:,} and more"
    return "text"


def main() -> None:
    """Write the document."""
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
