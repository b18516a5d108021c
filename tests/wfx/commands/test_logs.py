"""Logs, read, followed and downloaded."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.loopback import MakeServer, Server, raw, reply
from tests.wfx.answers import EXECUTION_ID, line, log
from tests.wfx.conftest import Run

LogIn = Callable[..., Server]
FILE = "execution-1-logs.txt"


def link(url: str, filename: str = FILE) -> object:
    return reply(302, f'{{"download_url": "{url}", "filename": "{filename}"}}'.encode(), {"Location": url})


def test_all_lines_that_there_are_come_page_by_page(run: Run, logged_in: LogIn) -> None:
    server = logged_in(log(line("1"), cursor="c1"), log(line("2"), cursor="c2"), log(cursor="c3"))
    ran = run("logs", EXECUTION_ID)
    assert ran.out == "".join(f"[2026-02-23T16:30:05Z] INFO [greet] - {n}\n" for n in (1, 2))
    assert [seen.path.partition("?")[2] for seen in server.seen] == ["", "cursor=c1", "cursor=c2"]


def test_followed_log_goes_on_until_there_will_be_no_more(run: Run, logged_in: LogIn) -> None:
    server = logged_in(log(line("1"), cursor="c1"), log(cursor="c2"), log(line("2"), cursor=None))
    ran = run("logs", EXECUTION_ID, "--follow", "--json")
    assert [document["message"] for document in ran.documents] == ["1", "2"]
    assert [seen.path.partition("?")[2] for seen in server.seen] == [
        "wait_seconds=20",
        "cursor=c1&wait_seconds=20",
        "cursor=c2&wait_seconds=20",
    ]


def test_filters_become_parameters(run: Run, logged_in: LogIn) -> None:
    server = logged_in(log(cursor=None))
    run("logs", EXECUTION_ID, "--level", "warning", "--level", "ERROR", "--node", "greet", "-q", "a&b")
    query = parse_qs(urlsplit(server.seen[0].path).query)
    assert query == {"level": ["WARNING", "ERROR"], "node_id": ["greet"], "q": ["a&b"]}


def test_line_cannot_drive_the_terminal(run: Run, logged_in: LogIn) -> None:
    logged_in(log(line("\x1b[2J[red]\n\x9b", node_id="\x07", **{"\x1b": "\x9b"}), cursor=None))
    ran = run("logs", EXECUTION_ID)
    assert ran.out == r'[2026-02-23T16:30:05Z] INFO [\x07] - \x1b[2J[red]\n\x9b \x1b="\u009b"' + "\n"


def test_download_goes_to_the_file_that_the_api_names(
    run: Run, logged_in: LogIn, make_server: MakeServer
) -> None:
    storage = make_server(reply(200, b"lines\n"))
    server = logged_in(link(storage.url("/file?signature=1")))
    ran = run("download", EXECUTION_ID, "--format", "jsonl")
    assert (ran.code, ran.out) == (0, f"downloaded {FILE}, 6 bytes\n")
    assert Path(FILE).read_bytes() == b"lines\n"
    assert server.seen[0].path == f"/v1/executions/{EXECUTION_ID}/logs/download?format=jsonl"
    assert storage.seen[0].headers["Authorization"] is None
    assert list(Path().iterdir()) == [Path(FILE)]


def test_download_goes_to_stdout_or_where_it_is_told(
    run: Run, logged_in: LogIn, make_server: MakeServer
) -> None:
    logged_in(link(make_server(reply(200, b"lines\n")).url("/file")))
    assert run("download", EXECUTION_ID, "-o", "-").out == "lines\n"
    Path("folder").mkdir()
    assert run("download", EXECUTION_ID, "-o", "folder/log").code == 0
    assert Path("folder/log").read_bytes() == b"lines\n"
    assert run("download", EXECUTION_ID, "-o", "missing/log").code == 2
    for folder in ("folder", ".", "/"):
        assert run("download", EXECUTION_ID, "-o", folder).code == 2


def test_download_replaces_neither_devices_nor_files_of_other_names(
    run: Run, logged_in: LogIn, make_server: MakeServer
) -> None:
    logged_in(link(make_server(reply(200, b"lines\n")).url("/file")))
    Path("log.part").write_text("mine")
    assert run("download", EXECUTION_ID, "-o", "log").code == 0
    assert Path("log.part").read_text() == "mine"
    _, other_end = pty.openpty()
    device = Path(os.ttyname(other_end))
    assert run("download", EXECUTION_ID, "-o", str(device)).code == 0
    assert device.is_char_device()


def test_json_is_the_link(run: Run, logged_in: LogIn) -> None:
    logged_in(link("https://s3.example.com/file"))
    ran = run("download", EXECUTION_ID, "--json")
    assert ran.documents == [{"download_url": "https://s3.example.com/file", "filename": FILE}]
    assert run("download", EXECUTION_ID, "--json", "-o", "x").code == 2
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("filename", ["../../evil", "/etc/passwd", ".bashrc", "a\\u0000b", "-rf", ""])
def test_api_does_not_say_which_folder_a_file_goes_to(
    run: Run, logged_in: LogIn, make_server: MakeServer, filename: str
) -> None:
    logged_in(link(make_server(reply(200, b"lines\n")).url("/file"), filename))
    assert run("download", EXECUTION_ID).code == 4
    assert list(Path().iterdir()) == []


def test_link_is_followed_by_https_alone(run: Run, logged_in: LogIn) -> None:
    logged_in(link("file:///etc/passwd"))
    assert run("download", EXECUTION_ID, "-o", "-").code == 2


def test_download_that_breaks_off_leaves_what_was_there(
    run: Run, logged_in: LogIn, make_server: MakeServer
) -> None:
    Path(FILE).write_text("old")
    storage = make_server(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    logged_in(link(storage.url("/file")))
    ran = run("download", EXECUTION_ID)
    assert (ran.code, ran.out) == (4, "")
    assert Path(FILE).read_text() == "old"
    assert list(Path().iterdir()) == [Path(FILE)]
