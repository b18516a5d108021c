from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.compiler.definitions import document, node
from workflows.compiler.__main__ import main
from workflows.domain.payload import MAX_DEPTH


def test_a_valid_file_prints_its_state_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(document([node("a"), node("b")], "a b")))
    assert main([str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["StartAt"] == "a +1"


def test_a_broken_file_prints_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(document([node("a"), node("a", "warp")])))
    assert main([str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[0] for line in err.splitlines()] == ["/nodes/1/type", "/nodes/1/id"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, None])
def test_what_is_no_json_is_a_problem(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.json"
    if content is not None:
        file.write_bytes(content)
    assert main([str(file)]) == 2
    assert "cannot be read as JSON" in capsys.readouterr().err


def test_what_nests_deeper_than_a_definition_may_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.json"
    file.write_text("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert main([str(file)]) == 2
    assert f"nests deeper than {MAX_DEPTH}" in capsys.readouterr().err


def test_without_a_file_the_usage_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_explain_prints_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workflow.json"
    nodes = [node(letter, "http") for letter in "abcd"]
    file.write_text(json.dumps(document(nodes, "a c", "b c", "b d")))
    assert main(["--explain", str(file)]) == 0
    rows = dict(line.rsplit(None, 1) for line in capsys.readouterr().out.splitlines())
    assert (rows["nodes"], rows["Tasks"], rows["Parallels"], rows["gates"]) == ("4", "4", "1", "1")
    assert rows["Tasks and Parallels per node"] == "1.25"


def test_explain_of_a_broken_file_prints_every_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.json"
    file.write_text(json.dumps(document([node("a", "warp"), node("b", "warp")])))
    assert main([str(file), "--explain"]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 2)


def test_explain_of_a_workflow_that_is_too_large_prints_the_figures_and_the_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.json"
    nodes = [node(f"{i:060d}", "http", retry={"max_attempts": 3}) for i in range(2_000)]
    file.write_text(json.dumps(document(nodes)))
    assert main(["--explain", str(file)]) == 2
    out, err = capsys.readouterr()
    rows = dict(line.rsplit(None, 1) for line in out.splitlines())
    assert rows["nodes"] == "2000"
    assert f"has {rows['definition, bytes']} bytes" in err
    assert main([str(file)]) == 2
    assert capsys.readouterr() == ("", err)
