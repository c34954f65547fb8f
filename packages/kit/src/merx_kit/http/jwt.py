"""Tokens of the installation's own identity provider (OpenID Connect), checked by issuer, audience and JWKS."""

import asyncio
import time
from typing import Any

import jwt
import structlog

from merx_kit.errors import Unauthorized, Unavailable
from merx_kit.http.context import Principal
from merx_kit.settings import ServiceSettings, SettingsError

log = structlog.get_logger()

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Asymmetric ones only: a shared secret would let every verifier sign."""

LEEWAY_SECONDS = 30
JWKS_TIMEOUT_SECONDS = 5
REMEMBERED_TOKENS = 4_096


class JwtVerifier:
    """Tokens that were right are remembered until they expire; the key set is fetched off the event loop."""

    def __init__(self, *, issuer: str, jwks_url: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = jwt.PyJWKClient(jwks_url, timeout=JWKS_TIMEOUT_SECONDS)
        self._known: dict[bytes, tuple[Principal, float]] = {}

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "JwtVerifier":
        if not settings.jwt_jwks_url or not settings.jwt_audience:
            raise SettingsError("MERX_JWT_ISSUER needs MERX_JWT_JWKS_URL and MERX_JWT_AUDIENCE beside it")
        return cls(issuer=settings.jwt_issuer, jwks_url=settings.jwt_jwks_url, audience=settings.jwt_audience)

    async def principal(self, token: bytes) -> Principal:
        held = self._known.get(token)
        if held is None:
            held = await asyncio.to_thread(self._verified, token)
            if len(self._known) >= REMEMBERED_TOKENS:
                self._known.clear()
            self._known[token] = held
        if held[1] <= time.time():
            self._known.pop(token, None)
            raise Unauthorized("The token has expired.")
        return held[0]

    def _verified(self, token: bytes) -> tuple[Principal, float]:
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            log.error("jwks_unreachable", error=str(error))
            raise Unavailable("The identity provider's keys cannot be fetched.") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorized(f"The token is not accepted: {error}.") from error
        return Principal(str(claims["sub"]), _scopes(claims)), float(claims["exp"]) + LEEWAY_SECONDS


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """`scope` (RFC 8693, words), or the lists that common providers send instead."""
    scopes: set[str] = set()
    for claim in ("scope", "scp", "permissions"):
        value = claims.get(claim, ())
        scopes.update(value.split() if isinstance(value, str) else map(str, value))
    return frozenset(scopes)
