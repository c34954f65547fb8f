"""`Idempotency-Key` (IETF draft): the first answer is kept, and a repeat gets it instead of being worked on again."""

import hashlib
import time
from typing import Protocol

import msgspec

from merx_kit.errors import BadRequest, IdempotencyInFlight, IdempotencyKeyMissing, IdempotencyKeyReused
from merx_kit.http.reply import Answer

MAX_KEY_LENGTH = 255
KEEP_SECONDS = 24 * 3600.0
"""A key may be used again for something else after this."""


class Claim(msgspec.Struct, frozen=True):
    """One use of a key: whose it is, for which call, with which body, and when it was made (epoch seconds).

    A claim without an answer is open until `open_until`: a process that died must not block its caller for ever.
    """

    owner: str
    key: str
    fingerprint: str
    made: float
    open_until: float


class Kept(msgspec.Struct, frozen=True):
    """What the store holds for a key: the claim, and the answer once there is one."""

    claim: Claim
    status: int = 0
    media_type: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""

    @property
    def answered(self) -> bool:
        return self.status > 0


class IdempotencyStore(Protocol):
    """Atomic per (owner, key), across every process of the service."""

    async def claim(self, claim: Claim) -> Kept | None:
        """None when the key is now this claim's; else what holds it. Expired entries do not hold a key."""
        ...

    async def keep(self, claim: Claim, answer: Kept) -> None: ...

    async def release(self, claim: Claim) -> None:
        """Forget a claim that came to nothing, so that a repeat may try again."""
        ...


def new_claim(raw_key: bytes | None, *, owner: str, call: str, body: bytes, lease_seconds: float) -> Claim:
    """The claim that this request makes; refused when the caller sent no usable key."""
    if raw_key is None:
        raise IdempotencyKeyMissing("This call needs an `Idempotency-Key` header.")
    key = raw_key.decode("latin-1").strip(' "')  # in quotes it is the string of a structured field (RFC 8941)
    if not key or len(raw_key) > MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadRequest(f"`Idempotency-Key` must have 1 to {MAX_KEY_LENGTH} printable ASCII characters.")
    digest = hashlib.sha256(call.encode() + b"\n" + body).hexdigest()
    now = time.time()
    return Claim(owner=owner, key=key, fingerprint=digest, made=now, open_until=now + lease_seconds)


async def replay(store: IdempotencyStore, claim: Claim) -> Answer | None:
    """The answer to give again, or None when this request is the one to be worked on."""
    kept = await store.claim(claim)
    if kept is None:
        return None
    if kept.claim.fingerprint != claim.fingerprint:
        raise IdempotencyKeyReused("The key was used with another body or another call.")
    if not kept.answered:
        raise IdempotencyInFlight("The first request with this key is still being answered; ask again later.")
    return Answer(kept.status, kept.body, kept.media_type, {**kept.headers, "idempotent-replayed": "true"})


async def settle(store: IdempotencyStore, claim: Claim, answer: Answer) -> None:
    """Keep what the caller was told, unless it was told to try again."""
    if answer.status >= 500 or answer.status == 429:
        await store.release(claim)
        return
    headers = dict(answer.headers or {})
    await store.keep(claim, Kept(claim, answer.status, answer.media_type, headers, answer.body))


class InMemoryIdempotency:
    """For one process: tests, and services whose writes live in the process as well."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Kept] = {}

    async def claim(self, claim: Claim) -> Kept | None:
        held = self._held.get((claim.owner, claim.key))
        if held is not None and not expired(held, claim.made):
            return held
        self._held[claim.owner, claim.key] = Kept(claim)
        return None

    async def keep(self, claim: Claim, answer: Kept) -> None:
        self._held[claim.owner, claim.key] = answer

    async def release(self, claim: Claim) -> None:
        self._held.pop((claim.owner, claim.key), None)


def expired(kept: Kept, now: float) -> bool:
    return now >= (kept.claim.made + KEEP_SECONDS if kept.answered else kept.claim.open_until)
