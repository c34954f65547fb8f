from collections.abc import Callable
from pathlib import Path

import pytest

from merx_core.contracts.pricing import Mode
from merx_kit.http.lifespan import ASGIApp
from merx_pricing.domain import Rollout
from tests.contract.described import check_committed, client_of, document_of, examples_of, key_in
from tests.contract.fuzzing import accepted, fuzz
from tests.unit.pricing.shop import House, facts

KNOWN = {"id": "p00", "name": "pricing", "version": "1"}
PRICED = [
    {"name": "product_id", "shape": [1], "datatype": "BYTES", "data": ["p00"]},
    {"name": "price", "shape": [1], "datatype": "FP64", "data": [250.0]},
]
FIELDS = {
    "product_id": "p00",
    "customer_id": "c1",
    "announce": False,
    "inputs": PRICED,
    "outputs": [],
    "parameters": {},
}


@pytest.fixture
def held(tmp_path: Path) -> tuple[str, Path]:
    """A key, and the file that knows it."""
    return key_in(tmp_path, "pricing:quote", "pricing:read", "pricing:audit")


@pytest.fixture
def key(held: tuple[str, Path]) -> str:
    return held[0]


@pytest.fixture
def app(tmp_path: Path, held: tuple[str, Path]) -> ASGIApp:
    """A shop that has the products of the examples too."""
    house = House(*(facts(product) for product in ("p00", "p01", "1042", "1043")), rollout=Rollout(mode=Mode.LIVE))
    book = house.shop.book()[0]
    for product in ("1042", "1043"):
        book.policy.fits[product] = book.policy.fits["p00"]  # type: ignore[index]  # a dict, here
    house.price_all()
    return house.app(tmp_path, api_keys_file=held[1])


class TestOpenApi:
    async def test_the_committed_document_is_what_the_service_says(
        self, app: ASGIApp, request: pytest.FixtureRequest
    ) -> None:
        check_committed(await document_of(app), "pricing", request)

    async def test_every_example_is_answered(self, app: ASGIApp, key: str) -> None:
        examples = [one for one in examples_of(await document_of(app)) if "{" not in one[1]]
        async with client_of(app, key) as client:
            for method, path, _, body in examples:
                answer = await client.request(method, path, json=body)
                assert answer.status_code == 200, (path, answer.text)
        assert len(examples) >= 6


class TestFuzz:
    async def test_generated_requests_get_an_answer_within_the_schema(self, app: ASGIApp, key: str) -> None:
        tally = fuzz(app, await document_of(app), each=15, key=key, known=KNOWN, fields=FIELDS, rules=True)
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3, tally

    @pytest.mark.slow
    @pytest.mark.timeout(3600)
    async def test_ten_thousand_requests(
        self, app: ASGIApp, key: str, record_property: Callable[[str, object], None]
    ) -> None:
        tally = fuzz(app, await document_of(app), each=1_500, key=key, known=KNOWN, fields=FIELDS, rules=True)
        record_property("requests", tally.total())
        record_property("accepted", accepted(tally))
        assert tally.total() >= 10_000
        assert tally["5xx"] == 0
        assert accepted(tally) >= 0.3
