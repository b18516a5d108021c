"""The API's document: it is what the code builds, of the whole API, and judges that are not ours like it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import create_model
from samcli.lib.package.utils import make_zip_with_lambda_permissions, zip_folder

from local.template import read_template
from tests.documented import DOCUMENT, DOCUMENT_PATH, OPERATIONS
from tools.openapi.components import merged, model_components
from tools.openapi.errors import error_responses
from tools.openapi.fields import describe_answers, describe_bodies
from tools.openapi.operations import endpoints
from workflows.http.answer import Answer
from workflows.http.operation import operation, operation_of
from workflows.http.problem import PROBLEM_JSON, STATUSES

ROOT = Path(__file__).parents[2]
PATHS: dict[str, dict[str, dict[str, Any]]] = DOCUMENT["paths"]
COMPONENTS = DOCUMENT["components"]
ANSWERS = [(name, status) for name, each in OPERATIONS.items() for status in each["responses"]]


def response(name: str, status: str) -> dict[str, Any]:
    found: dict[str, Any] = OPERATIONS[name]["responses"][status]
    return COMPONENTS["responses"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def assert_fits(schema: dict[str, Any], example: Any) -> None:
    judge = jsonschema_rs.Draft202012Validator(
        {**schema, "components": {"schemas": COMPONENTS["schemas"]}}, validate_formats=True
    )
    assert not [f"{error.instance_path}: {error.message}" for error in judge.iter_errors(example)]


def test_document_has_every_route_of_the_template_and_no_other() -> None:
    functions = [
        each["Properties"]
        for each in read_template()["Resources"].values()
        if each["Type"] == "AWS::Serverless::Function"
    ]
    routes = {
        f"{event['Properties']['Method'].upper()} {event['Properties']['Path']}": Path(each["CodeUri"]).name
        for each in functions
        for event in each.get("Events", {}).values()
        if event["Type"] == "Api"
    }
    assert routes == {
        f"{method.upper()} {path}": each["operationId"]
        for path, operations in PATHS.items()
        for method, each in operations.items()
    }


def test_document_is_valid() -> None:
    assert not [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]


def test_linter_says_nothing() -> None:
    redocly = ROOT / "node_modules/.bin/redocly"
    if not shutil.which("node") or not redocly.exists():
        pytest.skip("Redocly is not installed (.ci/run does it)")
    finished = subprocess.run(
        [redocly, "lint", DOCUMENT_PATH],
        cwd=ROOT,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "warning" not in finished.stdout


@pytest.mark.parametrize(("name", "status"), ANSWERS)
def test_answer_is_described_with_its_body(name: str, status: str) -> None:
    found = response(name, status)
    if int(status) >= 400:
        assert found["content"].keys() == {PROBLEM_JSON}
        assert found["content"][PROBLEM_JSON]["schema"] == {"$ref": "#/components/schemas/Problem"}
    else:
        assert ("content" in found) == (status not in ("204", "304"))
    for content in found.get("content", {}).values():
        if "example" in content:
            assert_fits(content["schema"], content["example"])


@pytest.mark.parametrize("name", [name for name, each in OPERATIONS.items() if "requestBody" in each])
def test_example_of_a_request_fits_its_schema(name: str) -> None:
    content = OPERATIONS[name]["requestBody"]["content"]["application/json"]
    assert_fits(content["schema"], content["example"])


def test_example_of_a_problem_fits_its_schema() -> None:
    assert_fits(COMPONENTS["schemas"]["Problem"], COMPONENTS["schemas"]["Problem"]["example"])


def test_every_error_of_ours_can_be_declared() -> None:
    codes = {error.error_code: str(int(status)) for error, status in STATUSES.items()}
    documented = error_responses(codes, asks_caller=True, has_body=True)
    assert set(codes.values()) <= documented.keys()
    with pytest.raises(ValueError, match="out_of_luck"):
        error_responses(["out_of_luck"], asks_caller=True, has_body=True)


def test_every_field_of_a_body_is_described() -> None:
    bodies = {name: schema for name, schema in COMPONENTS["schemas"].items() if name.endswith("Body")}
    assert bodies
    for name, schema in bodies.items():
        assert all("description" in field for field in schema["properties"].values()), name
    with pytest.raises(ValueError, match=r"ReplayBody\.colour"):
        describe_bodies({**bodies, "ReplayBody": {"properties": {"inputs": {}, "colour": {}}}})


def test_description_of_no_field_is_an_error() -> None:
    with pytest.raises(ValueError, match="attempt"):
        describe_answers({"StatusAnswer": {"properties": {"status": {}}}})


def test_errors_may_get_more_fields() -> None:
    assert "additionalProperties" not in COMPONENTS["schemas"]["Problem"]


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "get_health"])
def test_whoever_is_counted_may_use_up_a_quota(name: str) -> None:
    assert "`quota_exceeded`" in response(name, "429")["description"]


def test_schemas_of_one_name_are_the_same() -> None:
    same = {"A": {"type": "object"}}
    assert merged(same, dict(same), {"B": {}}) == {"A": {"type": "object"}, "B": {}}
    with pytest.raises(ValueError, match="the name A"):
        merged(same, {"A": {"type": "string"}})


def test_models_of_one_name_are_an_error() -> None:
    first = create_model("Twin", __module__="first", __base__=Answer, field=(int, ...))
    second = create_model("Twin", __module__="second", __base__=Answer, field=(str, ...))
    with pytest.raises(ValueError, match="Twin"):
        model_components([first, second], are_answers=True)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import nothing_of_the_kind", ModuleNotFoundError),
        ("from workflows.http.resolver import build_resolver\napp = build_resolver()", ValueError),
    ],
)
def test_function_that_cannot_be_described_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, error: type[Exception]
) -> None:
    (tmp_path / "get_nothing").mkdir()
    (tmp_path / "get_nothing" / "app.py").write_text(source)
    monkeypatch.setattr("tools.openapi.operations.FUNCTIONS", tmp_path)
    with pytest.raises(error):
        endpoints()


def test_handler_that_declares_nothing_is_an_error() -> None:
    def handler() -> Any: ...

    with pytest.raises(KeyError):
        operation_of(handler)
    assert operation("about", {})(handler) is handler
    assert operation_of(handler).tag == "about"


@pytest.mark.parametrize("name", ["get_openapi", "get_docs"])
def test_function_is_packed_with_the_document(name: str) -> None:
    """As `sam deploy` packs it: the document itself, not a link that leads nowhere on Lambda."""
    with zip_folder(str(ROOT / "functions" / "api" / name), make_zip_with_lambda_permissions) as (packed, _):
        files = ZipFile(packed)
        (entry,) = (each for each in files.infolist() if each.filename == "openapi.json")
        assert stat.S_ISREG(entry.external_attr >> 16)
        assert json.loads(files.read(entry)) == DOCUMENT
