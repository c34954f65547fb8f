"""Keys and tokens, with a real identity provider's key set served over HTTP."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from merx_kit.errors import Unauthorized, Unavailable
from merx_kit.http import api_keys
from merx_kit.http.api_keys import ApiKeys, KeyFile, KeyRecord, add_key, new_key
from merx_kit.http.jwt import JwtVerifier
from merx_kit.settings import SettingsError
from tests.unit.kit.shop_api import Shop, client, settings, shop_api

ISSUER = "https://id.shop.example"
AUDIENCE = "merx"


def write_keys(path: Path, *records: KeyRecord) -> None:
    path.write_bytes(msgspec.json.encode(KeyFile(records)))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


class TestApiKeys:
    def test_a_known_key_says_who_calls_and_what_they_may(self, key_file: Path) -> None:
        key, record = new_key("shop-backend", ("order", "recommend"))
        write_keys(key_file, record)
        for _ in range(2):  # the second time from memory
            principal = ApiKeys(key_file).principal(key.encode())
            assert principal is not None
            assert (principal.id, principal.may("order"), principal.may("admin")) == ("shop-backend", True, False)

    def test_the_file_does_not_hold_the_key(self, key_file: Path) -> None:
        key, record = new_key("shop", ("*",))
        write_keys(key_file, record)
        assert key not in key_file.read_text()

    def test_unknown_keys_are_nobody_and_not_remembered(self, key_file: Path) -> None:
        write_keys(key_file, new_key("shop", ())[1])
        keys = ApiKeys(key_file)
        assert [keys.principal(f"merx_{number}".encode()) for number in range(100)] == [None] * 100
        assert not keys._known

    def test_a_key_expires_while_it_is_remembered(self, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        key, record = new_key("shop", (), expires=datetime.now(UTC) + timedelta(hours=1))
        write_keys(key_file, record)
        keys = ApiKeys(key_file)
        assert keys.principal(key.encode()) is not None
        in_two_hours = time.time() + 7200
        monkeypatch.setattr(time, "time", lambda: in_two_hours)
        assert keys.principal(key.encode()) is None

    def test_a_key_taken_out_of_the_file_ends(self, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api_keys, "LOOK_AGAIN_SECONDS", 0.0)
        old, old_record = new_key("old", ())
        new, new_record = new_key("new", ())
        write_keys(key_file, old_record, new_record)
        keys = ApiKeys(key_file)
        assert keys.principal(old.encode()) is not None
        write_keys(key_file, new_record)
        assert keys.principal(old.encode()) is None
        assert keys.principal(new.encode()) is not None

    def test_a_damaged_file_leaves_the_keys_as_they_were(self, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api_keys, "LOOK_AGAIN_SECONDS", 0.0)
        key, record = new_key("shop", ())
        write_keys(key_file, record)
        keys = ApiKeys(key_file)
        key_file.write_text("{")
        assert keys.principal(key.encode()) is not None

    @pytest.mark.parametrize("content", [None, "{", '{"keys": [{"id": "a"}]}'])
    def test_a_file_that_cannot_be_read_at_start_is_refused(self, key_file: Path, content: str | None) -> None:
        if content is not None:
            key_file.write_text(content)
        with pytest.raises(SettingsError, match="cannot be read"):
            ApiKeys(key_file)


class TestAddingKeys:
    def test_a_key_is_added_and_replaced_by_its_id(self, key_file: Path) -> None:
        old, other = add_key(key_file, "shop", ("order",)), add_key(key_file, "reader", ("read",))
        new = add_key(key_file, "shop", ("order", "recommend"))
        keys = ApiKeys(key_file)
        found = [keys.principal(key.encode()) for key in (old, other, new)]
        assert [principal and principal.id for principal in found] == [None, "reader", "shop"]
        assert key_file.stat().st_mode & 0o077 == 0


class TestCallsWithKeys:
    async def test_scopes_decide(self, key_file: Path) -> None:
        key, record = new_key("shop", ("order",))
        other, other_record = new_key("reader", ("read",))
        write_keys(key_file, record, other_record)
        async with client(shop_api(Shop(), api_keys_file=key_file).build()) as web:
            nobody = await web.get("/v1/whoami")
            wrong = await web.get("/v1/whoami", headers={"authorization": "Bearer merx_guess"})
            reader = await web.get("/v1/whoami", headers={"authorization": f"Bearer {other}"})
            bearer = await web.get("/v1/whoami", headers={"authorization": f"bearer {key}"})
            header = await web.get("/v1/whoami", headers={"x-api-key": key})
            open_to_all = await web.get("/livez")
        assert [nobody.status_code, wrong.status_code, reader.status_code] == [401, 401, 403]
        assert nobody.headers["www-authenticate"].startswith("Bearer")
        assert [bearer.json()["id"], header.json()["id"]] == ["shop", "shop"]
        assert open_to_all.status_code == 200


class TestAuthOff:
    async def test_on_loopback_in_the_embedded_default(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            assert (await web.get("/v1/whoami")).json()["id"] == "embedded"

    @pytest.mark.parametrize("changes", [{"host": "0.0.0.0"}, {"embedded": False}])
    def test_is_refused_elsewhere(self, changes: dict[str, Any]) -> None:
        with pytest.raises(SettingsError, match="auth is off"):
            shop_api(Shop(), **changes).build()


class Provider:
    """An identity provider: signs tokens, and serves the key set that proves them."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
        self.jwks = json.dumps({"keys": [{**public, "kid": "k1", "use": "sig", "alg": "ES256"}]}).encode()
        self.url = ""

    def token(self, *, signed_with: Any = None, **changes: Any) -> bytes:
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": time.time() + 600, "scope": "order read"}
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(claims, signed_with or self.key, algorithm="ES256", headers={"kid": "k1"}).encode()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made.jwks)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    made.url = f"http://127.0.0.1:{server.server_port}/jwks"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def verifier(provider: Provider) -> JwtVerifier:
    return JwtVerifier(issuer=ISSUER, jwks_url=provider.url, audience=AUDIENCE)


class TestTokens:
    async def test_a_right_token_says_who_calls(self, provider: Provider, verifier: JwtVerifier) -> None:
        token = provider.token()
        for _ in range(2):
            principal = await verifier.principal(token)
            assert (principal.id, sorted(principal.scopes)) == ("alice", ["order", "read"])

    async def test_scopes_may_be_lists(self, provider: Provider, verifier: JwtVerifier) -> None:
        principal = await verifier.principal(provider.token(scope=None, scp=["a"], permissions=["b"]))
        assert sorted(principal.scopes) == ["a", "b"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://evil.example"},
            {"aud": "another-api"},
            {"exp": time.time() - 3600},
            {"exp": None},
            {"sub": None},
            {"nbf": time.time() + 3600},
        ],
    )
    async def test_a_wrong_claim_is_refused(
        self, provider: Provider, verifier: JwtVerifier, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(Unauthorized):
            await verifier.principal(provider.token(**changes))

    async def test_another_key_is_refused(self, provider: Provider, verifier: JwtVerifier) -> None:
        with pytest.raises(Unauthorized):
            await verifier.principal(provider.token(signed_with=ec.generate_private_key(ec.SECP256R1())))

    async def test_an_unsigned_token_is_refused(self, verifier: JwtVerifier) -> None:
        token = jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "eve"}, "", algorithm="none", headers={"kid": "k1"})
        with pytest.raises(Unauthorized):
            await verifier.principal(token.encode())

    async def test_garbage_is_refused(self, verifier: JwtVerifier) -> None:
        with pytest.raises(Unauthorized):
            await verifier.principal(b"a.b.c")

    async def test_a_remembered_token_expires(
        self, provider: Provider, verifier: JwtVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = provider.token()
        await verifier.principal(token)
        tomorrow = time.time() + 86_400
        monkeypatch.setattr(time, "time", lambda: tomorrow)
        with pytest.raises(Unauthorized):
            await verifier.principal(token)

    async def test_an_unreachable_provider_is_said_to_be_so(self, provider: Provider) -> None:
        lost = JwtVerifier(issuer=ISSUER, jwks_url="http://127.0.0.1:9/jwks", audience=AUDIENCE)
        with pytest.raises(Unavailable):
            await lost.principal(provider.token())

    async def test_keys_and_tokens_work_side_by_side(self, provider: Provider, key_file: Path) -> None:
        key, record = new_key("shop", ("order",))
        write_keys(key_file, record)
        both: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_jwks_url": provider.url, "jwt_audience": AUDIENCE}
        async with client(shop_api(Shop(), api_keys_file=key_file, **both).build()) as web:
            names = [
                (await web.get("/v1/whoami", headers={"authorization": f"Bearer {credential}"})).json()["id"]
                for credential in (key, provider.token().decode())
            ]
        assert names == ["shop", "alice"]

    def test_half_a_configuration_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="MERX_JWT_JWKS_URL"):
            JwtVerifier.from_settings(settings(jwt_issuer=ISSUER))
