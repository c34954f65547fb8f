"""What people and machines send that nobody should: each has a known answer, and the service answers on."""

import base64
import io
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from merx_models.pictures.decoding import PictureLimits
from merx_search.adapters.decoder import IsolatedDecoder
from tests.unit.models.pictures.drawn import encoded, thing
from tests.unit.search import shop
from tests.unit.search.house import House

JSON = {"content-type": "application/json"}
PRODUCTS = {product.product_id for product in shop.products()}


@pytest.fixture(scope="module")
def decoder() -> Iterator[IsolatedDecoder]:
    """The one of the service: a process of its own that decodes."""
    made = IsolatedDecoder(PictureLimits(seconds=20.0))
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(decoder: IsolatedDecoder) -> House:
    return House(decoder=decoder)


@pytest.fixture
async def client(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(tmp_path) as client:
        yield client
        # Whatever was sent before: words and pictures are found as ever.
        wire = {"query": "red ball", "image": base64.b64encode(shop.picture_of("ball-red")).decode()}
        answer = await client.post("/v1/search", json=wire)
        assert answer.json()["items"][0]["product_id"] == "ball-red"


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and the pointer of the first error."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["code"], body["errors"][0]["pointer"] if body.get("errors") else ""


def png_of(side: int, rows: bytes) -> bytes:
    """A PNG whose header tells of side x side pixels, one bit each."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb(side: int = 10_000) -> bytes:
    """A hundred megapixels, all of them there, in a few thousand bytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    return png_of(side, b"".join(packer.compress(row) for _ in range(side)) + packer.flush())


def moving(kind: str) -> bytes:
    frames = [Image.fromarray(thing("red", seed=seed)) for seed in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], duration=50)
    return stream.getvalue()


def flipped(data: bytes, seed: int) -> bytes:
    """A tenth of the bytes are others; the first ones, which tell the format, stay."""
    rng = np.random.default_rng(seed)
    found = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(16, len(found), len(found) // 10)
    found[places] = rng.integers(0, 256, len(places))
    return found.tobytes()


JPEG, PNG = encoded(thing("red"), "JPEG"), encoded(thing("red"), "PNG")
PICTURES = {
    "half a JPEG": (JPEG[: len(JPEG) // 2], "damaged"),
    "a JPEG of two bytes and a bit": (JPEG[:3], "damaged"),
    "half a PNG": (PNG[: len(PNG) // 2], "damaged"),
    "half a WebP": (encoded(thing("red"), "WEBP")[:80], "damaged"),
    "a hundred megapixels": (bomb(), "too_many_pixels"),
    "a PNG that says it is vast": (png_of(2**31 - 1, zlib.compress(b"")), "too_many_pixels"),
    "an SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "format_not_accepted"),
    "an SVG that reads files": (
        b'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>',
        "format_not_accepted",
    ),
    "a moving GIF": (moving("GIF"), "format_not_accepted"),
    "a moving PNG": (moving("PNG"), "animated"),
    "a moving WebP": (moving("WEBP"), "animated"),
    "a TIFF": (encoded(thing("red"), "TIFF"), "format_not_accepted"),
    "a page": (b"<html><script>alert(1)</script></html>", "format_not_accepted"),
    "a PDF": (b"%PDF-1.7\n", "format_not_accepted"),
    "a dot": (encoded(thing("red", side=64)[:1, :1]), "too_small"),
    "one byte": (b"\xff", "format_not_accepted"),
    "noise after a JPEG's first bytes": (b"\xff\xd8\xff" + bytes(range(250)) * 20, "damaged"),
}


class TestPictures:
    @pytest.mark.parametrize("path", ["/v1/search", "/v1/images:attributes"])
    @pytest.mark.parametrize("name", PICTURES)
    async def test_one_that_cannot_be_read_is_refused_with_its_reason(
        self, client: httpx.AsyncClient, name: str, path: str
    ) -> None:
        data, reason = PICTURES[name]
        answer = await client.post(path, json={"image": base64.b64encode(data).decode()})
        assert refusal(answer) == (422, "picture_refused", "/image")
        assert f"({reason})" in answer.json()["errors"][0]["detail"]

    def test_the_bomb_is_small(self) -> None:
        assert len(bomb()) < 20_000

    async def test_damaged_ones_are_read_or_refused(self, client: httpx.AsyncClient) -> None:
        for data in (JPEG, PNG, encoded(thing("red"), "WEBP")):
            for seed in range(8):
                image = base64.b64encode(flipped(data, seed)).decode()
                answer = await client.post("/v1/images:attributes", json={"image": image})
                assert answer.status_code == 200 or refusal(answer)[:2] == (422, "picture_refused")

    @pytest.mark.parametrize("kind", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"])
    async def test_every_kind_of_pixel_is_read(self, client: httpx.AsyncClient, kind: str) -> None:
        image = Image.fromarray(thing("red"))
        stream = io.BytesIO()
        converted = image.convert("I").convert("I;16") if kind == "I;16" else image.convert(kind)
        converted.save(stream, "JPEG" if kind == "CMYK" else "PNG")
        wire = {"image": base64.b64encode(stream.getvalue()).decode()}
        assert (await client.post("/v1/images:attributes", json=wire)).json()["colours"]

    @pytest.mark.parametrize("image", ["", "%%%", "/9j", "YQ", "Y Q==", "data:image/png;base64,AAAA", "😀", "A" * 4001])
    async def test_what_is_no_base64_is_pointed_at(self, client: httpx.AsyncClient, image: str) -> None:
        answer = await client.post("/v1/search", json={"image": image})
        assert refusal(answer) == (422, "validation_failed", "/image")

    @pytest.mark.parametrize("image", [7, True, ["AAAA"], {"url": "http://169.254.169.254/"}])
    async def test_what_is_no_text_is_pointed_at(self, client: httpx.AsyncClient, image: object) -> None:
        answer = await client.post("/v1/images:attributes", json={"image": image})
        assert refusal(answer) == (422, "validation_failed", "/image")


class TestWords:
    @pytest.mark.parametrize("query", ["", "   ", "\t\n", "?!", "😀👍🏽", "\u200f\u200e", "\u0000", "\u06d4", "\ufeff"])
    async def test_what_has_no_word_in_it_browses(self, client: httpx.AsyncClient, query: str) -> None:
        body = (await client.post("/v1/search", json={"query": query})).json()
        assert body["method"] == "browse"
        assert body["total"] == len(PRODUCTS) - 1

    @pytest.mark.parametrize(
        "query",
        [
            "red\u0000ball",
            "red ball 😀",
            "\u202ered ball\u202c",
            "\uff32\uff25\uff24 \uff22\uff21\uff2c\uff2c",
            "red' OR 1=1; DROP TABLE event_log;-- ball",
            "red ball" + "\u0301" * 500,
            "<script>alert(1)</script> red ball",
            '(red) AND ball* +~"',
            "../../../etc/passwd red ball %00 ${jndi:ldap://x} {{7*7}}",
        ],
        ids=ascii,
    )
    async def test_words_are_found_in_whatever_stands_around_them(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.post("/v1/search", json={"query": query})
        assert answer.status_code == 200
        assert "ball-red" in [item["product_id"] for item in answer.json()["items"]]

    @pytest.mark.parametrize(
        ("query", "first"), [("绿茶", "tea"), ("龙井", "tea"), ("שלום", None), ("كرة حمراء", None), ("नमस्ते", None)]
    )
    async def test_other_scripts_are_words_too(self, client: httpx.AsyncClient, query: str, first: str | None) -> None:
        body = (await client.post("/v1/search", json={"query": query})).json()
        assert body["items"]
        assert first is None or body["items"][0]["product_id"] == first

    async def test_the_longest_query_is_answered_and_a_longer_one_pointed_at(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/search", json={"query": "ball " * 200})).json()["items"]
        for length in (1_001, 10_000):
            answer = await client.post("/v1/search", json={"query": "x" * length})
            assert refusal(answer) == (422, "validation_failed", "/query")

    @pytest.mark.parametrize(
        "text",
        [
            '{"query": "\\ud800"}',
            '{"query": "\\udc00\\ud800"}',
            '{"query": "ball"',
            '{"words": NaN}',
            '{"query": "\x00"}',
            "",
            "\xff\xfe{",
            "[" * 100_000,
        ],
        ids=lambda text: ascii(text)[:20],
    )
    async def test_what_is_no_json_is_refused(self, client: httpx.AsyncClient, text: str) -> None:
        answer = await client.post("/v1/search", content=text.encode("latin-1"), headers=JSON)
        status, code, _ = refusal(answer)
        assert (status, code) in {(400, "bad_request"), (422, "validation_failed")}

    async def test_json_under_another_name_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/search", content=b"{}", headers={"content-type": "text/plain"})
        assert refusal(answer)[:2] == (415, "unsupported_media_type")


INJECTED = [
    "'; DROP TABLE event_log; --",
    '" OR ""="',
    ".*",
    "(a+)+$",
    "%' UNION SELECT 1",
    "$.colour",
    "__proto__",
    "colour\x00",
    "\u202ecolour",
    "../../colour",
    "{{colour}}",
    "x" * 100,
]


class TestFilters:
    @pytest.mark.parametrize("name", INJECTED, ids=ascii)
    async def test_an_attribute_that_there_is_not_is_pointed_at(self, client: httpx.AsyncClient, name: str) -> None:
        wire = {"filters": {"attributes": {"colour": ["red"], name: ["red"]}}}
        pointer = "/filters/attributes/" + name.replace("~", "~0").replace("/", "~1")
        assert refusal(await client.post("/v1/search", json=wire)) == (422, "unknown_column", pointer)

    @pytest.mark.parametrize("value", INJECTED, ids=ascii)
    async def test_a_value_is_only_ever_compared(self, client: httpx.AsyncClient, value: str) -> None:
        for filters in ({"brands": [value]}, {"categories": [value]}, {"attributes": {"colour": [value]}}):
            body = (await client.post("/v1/search", json={"filters": filters})).json()
            assert (body["items"], body["total"]) == ([], 0)

    @pytest.mark.parametrize("name", INJECTED, ids=ascii)
    async def test_a_facet_that_there_is_not_is_pointed_at(self, client: httpx.AsyncClient, name: str) -> None:
        answer = await client.post("/v1/search", json={"facets": ["brand", name]})
        assert refusal(answer) == (422, "unknown_column", "/facets/1")

    @pytest.mark.parametrize("name", INJECTED, ids=ascii)
    async def test_an_attribute_that_no_picture_shows_filters_nothing(
        self, client: httpx.AsyncClient, name: str
    ) -> None:
        image = base64.b64encode(shop.picture_of("ball-red")).decode()
        answer = await client.post("/v1/search", json={"image": image, "filter_by_picture": [name]})
        assert answer.status_code == 200
        assert "recognised" not in answer.json()

    async def test_a_name_with_pointer_signs_in_it_is_a_name(self, client: httpx.AsyncClient) -> None:
        found = (await client.post("/v1/search", json={"filters": {"attributes": {"a~b/c": ["yes"]}}})).json()
        assert [item["product_id"] for item in found["items"]] == [shop.ODD]

    @pytest.mark.parametrize(
        ("wire", "pointer"),
        [
            ({"filters": {"attributes": {"x" * 101: ["red"]}}}, "/filters/attributes"),
            ({"filters": {"attributes": {"": ["red"]}}}, "/filters/attributes"),
            ({"filters": {"attributes": {f"a{each}": ["x"] for each in range(21)}}}, "/filters/attributes"),
            ({"filters": {"attributes": {"colour": ["x" * 201]}}}, "/filters/attributes/*/0"),
            ({"filters": {"attributes": {"colour": "red"}}}, "/filters/attributes/*"),
            ({"filters": {"brands": ["b"] * 101}}, "/filters/brands"),
            ({"filters": {"price_min": -1}}, "/filters/price_min"),
            ({"filters": {"price_max": 2**53 + 1}}, "/filters/price_max"),
            ({"filters": {"price_max": 1.5}}, "/filters/price_max"),
            ({"filters": {"price_max": "1"}}, "/filters/price_max"),
            ({"filters": {"colour": "red"}}, "/filters/colour"),
            ({"filters": None}, "/filters"),
            ({"facets": ["x" * 101]}, "/facets/0"),
            ({"facets": ["brand"] * 21}, "/facets"),
            ({"size": 0}, "/size"),
            ({"size": 10_000}, "/size"),
            ({"size": -(10**30)}, "/size"),
            ({"words": 1.1}, "/words"),
            ({"sort": "price; DROP TABLE"}, "/sort"),
            ({"signals_off": ["words"]}, "/signals_off/0"),
            ({"customer_id": ""}, "/customer_id"),
            ({"cursor": "A" * 201}, "/cursor"),
            ({"querry": "ball"}, "/querry"),
            ([], ""),
        ],
        ids=lambda value: ascii(value)[:40],
    )
    async def test_what_the_contract_does_not_allow_is_pointed_at(
        self, client: httpx.AsyncClient, wire: Any, pointer: str
    ) -> None:
        assert refusal(await client.post("/v1/search", json=wire)) == (422, "validation_failed", pointer)

    async def test_a_range_that_no_price_is_in_is_pointed_at(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/search", json={"filters": {"price_min": 500, "price_max": 499}})
        assert refusal(answer) == (422, "empty_price_range", "/filters/price_max")

    @pytest.mark.parametrize("cursor", ["x", "MjQ=", "' OR 1=1", "../..", "\x00", "ü", "LTE", "OTk5OTk5OTk5OTk5OTk5"])
    async def test_a_cursor_that_was_never_given_is_pointed_at(self, client: httpx.AsyncClient, cursor: str) -> None:
        answer = await client.post("/v1/search", json={"cursor": cursor})
        assert refusal(answer) == (422, "bad_cursor", "/cursor")


class TestPaths:
    @pytest.mark.parametrize("product_id", ["%00", "%FF", "%2e%2e", "a%2Fb", "%F0%9F%98%80", "x" * 128, "';--", "%25"])
    async def test_an_id_is_only_ever_looked_up(self, client: httpx.AsyncClient, product_id: str) -> None:
        answer = await client.get(f"/v1/products/{product_id}/lookalikes")
        assert refusal(answer)[:2] == (404, "unknown_product")

    async def test_an_id_that_is_too_long_is_named(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/v1/products/{'x' * 129}/lookalikes")
        assert refusal(answer) == (422, "validation_failed", "id")
