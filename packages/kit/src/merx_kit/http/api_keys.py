"""API keys with scopes, kept as SHA-256 digests in a JSON file that may change while the service runs."""

import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from merx_kit.http.context import Principal, Rate
from merx_kit.settings import SettingsError

log = structlog.get_logger()

LOOK_AGAIN_SECONDS = 5.0
BURST = 20
"""Requests that may come at once where a key has a rate and names no burst."""


class KeyRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`sha256` is the hexadecimal digest of the whole key; keys are random, so that a plain digest is enough.

    `rate_per_s` and `rate_burst` limit the requests with this key instead of what the service's settings say.
    """

    id: str
    sha256: str
    scopes: tuple[str, ...]
    expires: datetime | None = None
    rate_per_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    rate_burst: Annotated[int, msgspec.Meta(ge=1)] = BURST

    @property
    def rate(self) -> Rate | None:
        return None if self.rate_per_s is None else Rate(self.rate_per_s, self.rate_burst)


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[KeyRecord, ...]


def new_key(key_id: str, scopes: tuple[str, ...], expires: datetime | None = None) -> tuple[str, KeyRecord]:
    """The key, to be shown once, and what the file keeps of it."""
    key = f"merx_{secrets.token_urlsafe(32)}"
    return key, KeyRecord(key_id, hashlib.sha256(key.encode()).hexdigest(), scopes, expires)


def add_key(path: Path, key_id: str, scopes: tuple[str, ...], *, expires: datetime | None = None) -> str:
    """Put a new key into the file, in place of an earlier one of the same id; gives the key, which is kept nowhere."""
    others = [record for record in _read(path) if record.id != key_id] if path.exists() else []
    key, record = new_key(key_id, scopes, expires)
    written = path.with_suffix(".new")
    written.touch(mode=0o600)
    written.write_bytes(msgspec.json.format(msgspec.json.encode(KeyFile((*others, record))), indent=2))
    written.replace(path)
    return key


class ApiKeys:
    """Keys that were right are remembered, so that a request costs one dictionary look-up; a changed file is read anew
    within `LOOK_AGAIN_SECONDS`, and one that cannot be read leaves the keys as they were."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[bytes, tuple[Principal, float]] = {}
        self._stamp = _stamp(path)
        self._next_look = time.monotonic() + LOOK_AGAIN_SECONDS
        try:
            self._records = _read(path)
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(f"the API keys in {path} cannot be read: {error}") from None

    def principal(self, key: bytes) -> Principal | None:
        """Who holds this key; None when nobody does, or no longer."""
        if time.monotonic() >= self._next_look:
            self._look_again()
        held = self._known.get(key)
        if held is None:
            held = self._find(key)
        if held is None or held[1] <= time.time():
            return None
        return held[0]

    def _find(self, key: bytes) -> tuple[Principal, float] | None:
        digest = hashlib.sha256(key).hexdigest()
        match = None
        for record in self._records:  # all of them, and in constant time each: time says nothing about the keys
            if hmac.compare_digest(record.sha256, digest):
                match = record
        if match is None:
            return None
        expires = _as_utc(match.expires).timestamp() if match.expires is not None else float("inf")
        self._known[key] = (Principal(match.id, frozenset(match.scopes), match.rate), expires)
        return self._known[key]

    def _look_again(self) -> None:
        self._next_look = time.monotonic() + LOOK_AGAIN_SECONDS
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            self._records = _read(self._path)
        except (OSError, msgspec.DecodeError) as error:
            log.error("api_keys_unreadable", path=str(self._path), error=str(error))
            return
        self._stamp = stamp
        self._known.clear()
        log.info("api_keys_loaded", path=str(self._path), keys=len(self._records))


def _read(path: Path) -> tuple[KeyRecord, ...]:
    return msgspec.json.decode(path.read_bytes(), type=KeyFile).keys


def _stamp(path: Path) -> tuple[int, int, int]:
    """Time, size and inode: a mounted secret changes by a new link, an editor may keep the size."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
