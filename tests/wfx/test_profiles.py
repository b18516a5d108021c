"""Where tokens are kept, who can read them, and to whom they are shown."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from wfx import profiles
from wfx.errors import UsageFault
from wfx.profiles import Profile

WORK = Profile("work", "https://api.example.com/v1", "t0ken")


def test_only_the_user_can_read_what_is_kept(home: Path) -> None:
    path = profiles.save(WORK)
    assert path == home / "config" / "wfx" / "profiles.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_file_that_others_could_read_is_replaced_by_one_that_they_cannot() -> None:
    path = profiles.save(WORK)
    path.chmod(0o644)
    profiles.save(Profile("other", WORK.url, "other"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert profiles.current("work") == WORK


def test_token_is_in_no_representation() -> None:
    assert "t0ken" not in repr(WORK)


def test_environment_overrides_what_is_kept() -> None:
    profiles.save(WORK)
    assert profiles.current("work", {"WFX_TOKEN": "new"}) == Profile("work", WORK.url, "new")
    given = {"WFX_URL": "https://other.example.com/v1/", "WFX_TOKEN": "new"}
    assert profiles.current("work", given) == Profile("work", "https://other.example.com/v1", "new")
    assert profiles.current(None, given).name == "default"


def test_token_is_not_shown_to_another_server() -> None:
    profiles.save(WORK)
    assert profiles.current("work", {"WFX_URL": f"{WORK.url}/"}) == WORK
    with pytest.raises(UsageFault, match="set WFX_TOKEN, too"):
        profiles.current("work", {"WFX_URL": "https://evil.example.com/v1"})


def test_profile_that_is_not_there_says_how_to_log_in() -> None:
    with pytest.raises(UsageFault, match=r"wfx login$"):
        profiles.current(None, {})
    with pytest.raises(UsageFault, match=r"wfx login --profile work$"):
        profiles.current("work", {})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "api.example.com",
        "ftp://localhost/",
        "file:///etc/passwd",
        "",
        "https://",
        "http://localhost.example.com/",
    ],
)
def test_token_travels_by_https_alone(url: str) -> None:
    with pytest.raises(UsageFault):
        profiles.secure_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566/v1", "http://localhost/v1", "http://[::1]:80/v1"])
def test_this_machine_needs_no_https(url: str) -> None:
    assert profiles.api_url(f" {url}/ ").endswith("/v1")


@pytest.mark.parametrize("url", ["https://x/v1?stage=v1", "https://x/v1#top", "https://ada:s3cret@x/v1"])
def test_url_that_no_path_can_be_added_to_or_that_names_a_user_is_none_of_an_api(url: str) -> None:
    with pytest.raises(UsageFault, match="ends with its stage") as caught:
        profiles.api_url(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", " ", "two words", "tökên", "a\nb", "a\x1b"])
def test_token_is_what_a_header_can_hold(token: str) -> None:
    with pytest.raises(UsageFault):
        profiles.good_token(token)


def test_forgotten_profile_is_gone_and_others_stay() -> None:
    path = profiles.save(WORK)
    profiles.save(Profile("default", WORK.url, "d3fault"))
    assert profiles.forget(None)
    assert not profiles.forget(None)
    assert list(json.loads(path.read_text())) == ["work"]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"default": 5}', '{"default": {"url": "https://x"}}', "\udcff"]
)
def test_broken_file_is_told_of(content: str) -> None:
    path = profiles.save(WORK)
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UsageFault, match=r"profiles\.json"):
        profiles.current(None, {})


def test_folder_that_cannot_be_written_is_told_of(home: Path) -> None:
    (home / "config").write_text("a file")
    with pytest.raises(UsageFault, match="cannot be written"):
        profiles.save(WORK)


def test_local_stack_is_found_from_within_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Path(".local")
    stack.mkdir()
    tokens = {"owner": "0wner", "admin": "4dmin"}
    (stack / "stack.json").write_text(json.dumps({"base_url": "http://127.0.0.1:4566/v1", "tokens": tokens}))
    inner = Path("a/b")
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert profiles.of_local_stack("admin", None) == Profile("default", "http://127.0.0.1:4566/v1", "4dmin")
    with pytest.raises(UsageFault, match="no user other, but admin, owner"):
        profiles.of_local_stack("other", None)


def test_without_a_local_stack_it_says_so() -> None:
    with pytest.raises(UsageFault, match="make up"):
        profiles.of_local_stack("owner", None)
