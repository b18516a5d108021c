"""Where the API is and what proves who calls: kept by name, in a file that its user alone can read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import typer

from wfx.errors import UsageFault

DEFAULT = "default"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_STACK = Path(".local", "stack.json")


@dataclass(frozen=True, slots=True)
class Profile:
    """Attributes:
    url: The API's, with its stage.
    token: Bearer token.
    """

    name: str
    url: str
    token: str = field(repr=False)


def secure_url(url: str) -> str:
    """A URL that a token, or a log, may travel by: of https, or of this machine.

    Raises:
        UsageFault: It is none.
    """
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError) as error:
        raise UsageFault(f"this is not a URL: {url}") from error
    is_secure = parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in _LOOPBACK)
    if not is_secure or not parsed.host:
        raise UsageFault(f"this is not an https URL, as tokens need: {url}")
    return str(parsed)


def api_url(url: str) -> str:
    """The URL of an API, to which paths can be added: secure, and without a slash at its end.

    Raises:
        UsageFault: It is none.
    """
    parsed = httpx.URL(secure_url(url))
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise UsageFault(
            f"an API's URL ends with its stage, and names no user: {parsed.copy_with(userinfo=b'')}"
        )
    return str(parsed).rstrip("/")


def good_token(text: str) -> str:
    """A token without the white space around it.

    Raises:
        UsageFault: It is empty, or no header can hold it.
    """
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageFault("a token is one word of printable ASCII")
    return token


def current(name: str | None, environ: Mapping[str, str] = os.environ) -> Profile:
    """The profile to call by: the named one, overridden by WFX_URL and WFX_TOKEN.

    Raises:
        UsageFault: There is none.
    """
    name = name or DEFAULT
    stored = _read().get(name)
    url, token = environ.get("WFX_URL"), environ.get("WFX_TOKEN")
    if url and token:
        return Profile(name, api_url(url), good_token(token))
    if stored is None:
        raise UsageFault(f"you are not logged in: wfx login{'' if name == DEFAULT else f' --profile {name}'}")
    if url and api_url(url) != stored.url:
        # One server's token is nothing to show to another.
        raise UsageFault(f"WFX_URL is not where profile {name} logged in: set WFX_TOKEN, too")
    return Profile(name, stored.url, good_token(token) if token else stored.token)


def save(profile: Profile) -> Path:
    """Keep a profile, in place of one of that name; returns the file."""
    return _write({**_read(), profile.name: profile})


def forget(name: str | None) -> bool:
    """Forget a profile; returns whether there was one."""
    profiles = _read()
    if profiles.pop(name or DEFAULT, None) is None:
        return False
    _write(profiles)
    return True


def of_local_stack(user: str, name: str | None) -> Profile:
    """A profile of the local stack that runs in this folder, or in one that it is in.

    Raises:
        UsageFault: None runs there, or it has no such user.
    """
    here = Path.cwd()
    path = next((folder / _STACK for folder in (here, *here.parents) if (folder / _STACK).is_file()), None)
    if path is None:
        raise UsageFault(f"no local stack runs here: there is no {_STACK} (make up)")
    stack = _load(path)
    tokens = stack.get("tokens")
    if not isinstance(tokens, dict) or "base_url" not in stack:
        raise UsageFault(f"{path} is not of a local stack")
    if user not in tokens:
        raise UsageFault(f"the local stack has no user {user}, but {', '.join(sorted(tokens))}")
    return Profile(name or DEFAULT, api_url(stack["base_url"]), good_token(tokens[user]))


def _path() -> Path:
    return Path(typer.get_app_dir("wfx")) / "profiles.json"


def _read() -> dict[str, Profile]:
    path = _path()
    if not path.exists():
        return {}
    try:
        return {name: Profile(name, kept["url"], kept["token"]) for name, kept in _load(path).items()}
    except (KeyError, TypeError) as error:
        raise UsageFault(f"{path} is broken: delete it, and log in again") from error


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageFault(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UsageFault(f"{path} is not a JSON object")
    return content


def _write(profiles: Mapping[str, Profile]) -> Path:
    path = _path()
    content = {name: {"url": profile.url, "token": profile.token} for name, profile in profiles.items()}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A new file each time, which nobody else has been able to read, in place of the old one at once.
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageFault(f"{path} cannot be written: {error.strerror}") from error
    return path
