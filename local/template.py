"""The template as data."""

from __future__ import annotations

from typing import Any

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]

from local.engine import REPOSITORY


def read_template() -> dict[str, Any]:
    """`template.yaml`, with `!Ref X` as `{"Ref": "X"}` and `!GetAtt X.Y` as `{"Fn::GetAtt": ["X", "Y"]}`."""
    template: dict[str, Any] = load(str(REPOSITORY / "template.yaml"))
    return template
