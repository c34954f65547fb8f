"""Who calls: scoped API keys or JWT, or everybody in the embedded default on loopback."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from merx_kit.errors import Unauthorized
from merx_kit.http.api_keys import ApiKeys
from merx_kit.http.context import EVERYBODY, Principal
from merx_kit.http.jwt import JwtVerifier
from merx_kit.settings import ServiceSettings, SettingsError

log = structlog.get_logger()

FoundHeaders = Mapping[bytes, bytes]


class Authenticator(Protocol):
    async def authenticate(self, found: FoundHeaders) -> Principal:
        """Raises `Unauthorized` when the request does not say who calls."""
        ...


class AuthOff:
    async def authenticate(self, found: FoundHeaders) -> Principal:  # noqa: ARG002
        return EVERYBODY


class Credentials:
    """`Authorization: Bearer` or `X-API-Key`; a bearer that has a JWT's three parts is a token where JWT is set up."""

    def __init__(self, keys: ApiKeys | None, tokens: JwtVerifier | None) -> None:
        self._keys = keys
        self._tokens = tokens

    async def authenticate(self, found: FoundHeaders) -> Principal:
        credential = found.get(b"x-api-key") or _bearer(found.get(b"authorization", b""))
        if not credential:
            raise Unauthorized
        if self._tokens is not None and credential.count(b".") == 2:
            return await self._tokens.principal(credential)
        principal = self._keys.principal(credential) if self._keys is not None else None
        if principal is None:
            raise Unauthorized("The API key is not known, or has expired.")
        return principal


def _bearer(authorization: bytes) -> bytes:
    scheme, _, credential = authorization.partition(b" ")
    return credential.strip() if scheme.lower() == b"bearer" else b""


def authenticator(settings: ServiceSettings) -> Authenticator:
    """By the settings; refuses to leave a service open that others can reach, and says so when it is open."""
    if settings.auth_configured:
        keys = ApiKeys(settings.api_keys_file) if settings.api_keys_file is not None else None
        tokens = JwtVerifier.from_settings(settings) if settings.jwt_issuer else None
        return Credentials(keys, tokens)
    if not (settings.embedded and settings.loopback):
        raise SettingsError(
            f"auth is off and the service would listen on {settings.host}: set MERX_API_KEYS_FILE or MERX_JWT_ISSUER, "
            "or listen on 127.0.0.1 with MERX_EMBEDDED=true"
        )
    log.warning("auth_off", reason="embedded default on loopback", host=settings.host)
    return AuthOff()
