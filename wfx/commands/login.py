"""Who calls: log in, log out, and ask who that is."""

from __future__ import annotations

from base64 import b32decode
from typing import Annotated

import typer
from rich.text import Text

from wfx import profiles, tables
from wfx.api import Answer, Api, segment
from wfx.errors import UsageFault
from wfx.profiles import Profile
from wfx.screen import Screen
from wfx.secret_input import read_secret
from wfx.session import JsonOption, ProfileOption, Session
from wfx.tables import Document
from wfx.texts import cell

_FOREIGN = "a user of the identity provider"


def login(
    url: Annotated[
        str | None, typer.Argument(metavar="URL", envvar="WFX_URL", help="The API's URL, with its stage.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Take the local stack that runs in this folder.")
    ] = False,
    user: Annotated[
        str, typer.Option("--as", metavar="USER", help="Of the local stack: owner, admin or other.")
    ] = "owner",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log in with a token, which is asked for, or read from stdin.

    The API must know the token. It is kept in a file that you alone can read.
    """
    screen = Screen(as_json=as_json)
    if local:
        wanted = profiles.of_local_stack(user, profile)
    elif url:
        wanted = Profile(
            profile or profiles.DEFAULT, profiles.api_url(url), profiles.good_token(read_secret("Token"))
        )
    else:
        raise UsageFault("say where the API is: wfx login URL, or wfx login --local")
    answer = _identify(Api(wanted, screen.note), wanted)
    path = profiles.save(wanted)
    screen.json(answer)
    who = answer.document.get("user_id", _FOREIGN)
    screen.say(Text.assemble("logged in as ", cell(who, "bold"), " at ", cell(wanted.url)))
    screen.note(f"kept as profile {wanted.name} in {path}")


def logout(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Forget a login. The token itself stays good until it expires or is deleted."""
    screen = Screen(as_json=as_json)
    name = profile or profiles.DEFAULT
    if not profiles.forget(name):
        raise UsageFault(f"there is no profile {name}")
    screen.say(f"forgotten: profile {name}")


def whoami(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show who you are, and your tokens but for their texts."""
    session = Session.open(profile, as_json)
    current = profiles.current(profile)
    answer = _identify(session.api, current)
    session.screen.json(answer)
    user: Document = {"user_id": _FOREIGN, **answer.document}
    facts = [(name, cell(user[name])) for name in ("user_id", "role", "tier", "created_at") if name in user]
    tokens = [
        ("token", cell(f"{each['name']}, until {each['expires_at'] or 'it is deleted'}"))
        for each in answer.document.get("tokens") or ()
    ]
    session.screen.show(tables.facts([("url", cell(current.url)), *facts, *tokens]))


def _identify(api: Api, profile: Profile) -> Answer:
    """What the API says of whose token a profile has.

    Raises:
        Refused: The token is not good.
    """
    user_id = _user_of(profile.token)
    if user_id is None:
        # Of an identity provider's users the API keeps no record; that it answers them is proof enough.
        answer, name = api.get("/workflows", {"limit": 1}), "workflows"
    else:
        answer, name = api.get(f"/users/{segment(user_id, 'user')}"), "user_id"
    if name not in answer.document:
        raise UsageFault(f"this is not the URL of the API: {profile.url}")
    return answer


def _user_of(token: str) -> str | None:
    """The user that a token of ours names, as `wfe_<user in base32>_<id>_<secret>`; None in another's."""
    parts = token.split("_")
    if len(parts) != 4 or parts[0] != "wfe":
        return None
    try:
        padded = parts[1].upper() + "=" * (-len(parts[1]) % 8)
        return b32decode(padded).decode()
    except ValueError:
        return None
