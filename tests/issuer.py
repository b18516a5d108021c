"""An OpenID Connect issuer on loopback, its keys, and the tokens that it and others make."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.loopback import Answer, Handler, MakeServer, Server, reply, reply_json
from workflows.adapters.signing_keys import SigningKeys
from workflows.domain.errors import Unauthenticated
from workflows.services.oidc import OpenIdConnect

AUDIENCE = "workflows-api"
HEADER = {"alg": "RS256", "kid": "main"}
DISCOVERY_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/keys"


@cache
def rsa_key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """A key of that name, the same each time."""
    return rsa.generate_private_key(65_537, bits)


@cache
def ec_key(name: str, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


@cache
def ed_key(name: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def jwk(private_key: Any, kid: str | None = None, **members: Any) -> dict[str, Any]:
    """The public JWK of a key; a member that is None is left out."""
    match private_key:
        case rsa.RSAPrivateKey():
            made = RSAAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            made = ECAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
        case _:
            made = OKPAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
    made.pop("key_ops", None)
    return {name: value for name, value in {**made, "kid": kid, **members}.items() if value is not None}


@dataclass
class Issuer:
    """Serves its documents; change them, or `answers` for a path, while it runs."""

    server: Server
    keys: list[Any] = field(default_factory=lambda: [jwk(rsa_key("main"), "main", use="sig", alg="RS256")])
    discovery: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url("")

    @property
    def paths(self) -> list[str]:
        """Which it was asked for so far."""
        return [seen.path for seen in self.server.seen]

    def answer(self, handler: Handler) -> None:
        documents = {
            DISCOVERY_PATH: {"issuer": self.url, "jwks_uri": self.url + KEYS_PATH, **self.discovery},
            KEYS_PATH: {"keys": self.keys},
        }
        path = handler.path
        known = reply_json(200, documents[path]) if path in documents else reply(404)
        self.answers.get(path, known)(handler)

    def go_down(self) -> None:
        self.answers = dict.fromkeys((DISCOVERY_PATH, KEYS_PATH), reply(500))

    def come_back(self) -> None:
        self.answers = {}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Of a good token; a change to None leaves the claim out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 300, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        private_key: Any = None,
        algorithm: str = "RS256",
        kid: str | None = "main",
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token as this issuer signs it, by its main key where none is given."""
        headers = {**({} if kid is None else {"kid": kid}), **(header or {})}
        return jwt.encode(self.claims(**claims), private_key or rsa_key("main"), algorithm, headers)


def make_issuer(make_server: MakeServer) -> Issuer:
    server = make_server()
    issuer = Issuer(server)
    server.answers[:] = [issuer.answer]
    return issuer


def verifier(issuer: Issuer, **settings: Any) -> OpenIdConnect:
    """What the API verifies the issuer's tokens with."""
    groups = {"admin_groups": ("admins",), "user_groups": (), "premium_groups": ("gold", "platinum")}
    return OpenIdConnect(
        **{"issuer": issuer.url, "audience": AUDIENCE, "groups_claim": "groups", **groups, **settings},
        keys=SigningKeys(issuer.url),
    )


def reason(oidc: OpenIdConnect, token: str) -> str:
    """Why a token is refused."""
    with pytest.raises(Unauthenticated) as caught:
        oidc.caller(token)
    # Errors of PyJWT may quote the token: none is shown with ours.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.detail


def forge(header: object, payload: object, sign: Callable[[bytes], bytes]) -> str:
    """A token put together by hand; bytes are taken as they are, all else as JSON."""
    signed = b".".join(
        _base64url(part if isinstance(part, bytes) else _json(part)) for part in (header, payload)
    )
    return (signed + b"." + _base64url(sign(signed))).decode()


def by_main_key(signed: bytes) -> bytes:
    """The RS256 signature of the issuer's main key."""
    return rsa_key("main").sign(signed, padding.PKCS1v15(), hashes.SHA256())


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
