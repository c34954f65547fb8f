"""What the service notes of its answers, for whoever learns from them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from merx_core.events import Exposure
from merx_models.words.columns import Sort
from merx_search.app import api
from merx_search.domain import Results, SearchQuery
from merx_search.service import Finder, Journal, Options
from merx_search.settings import Settings
from tests.unit.search import shop
from tests.unit.search.house import House

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class KeptExposures:
    def __init__(self) -> None:
        self.kept: list[Exposure] = []
        self.closed = False

    def write(self, exposure: Exposure) -> None:
        self.kept.append(exposure)

    def close(self, timeout_s: float = 5.0) -> None:
        self.closed = True


class Noting(House):
    """The service with a journal."""

    def __init__(self) -> None:
        super().__init__()
        self.exposures = KeptExposures()
        options = Options(journal=Journal(self.exposures, clock=lambda: NOW))
        self.finder = Finder(
            self.indexes, self.encoders, pictures=self.pictures, profiles=self.profiles, options=options
        )

    async def find(self, text: str = "", **asked: Any) -> Results:
        return await self.finder.search(SearchQuery(request_id="r1", text=text, **asked), budget_s=1.0)


@pytest.fixture
def noting() -> Noting:
    return Noting()


class TestAnExposure:
    async def test_says_what_was_shown_to_whom_and_by_what(self, noting: Noting) -> None:
        results = await noting.find("blue box", profile_id="c:7")
        (noted,) = noting.exposures.kept
        assert (noted.request_id, noted.time, noted.service) == ("r1", NOW, "search")
        assert (noted.model_version, noted.placement, noted.arm) == ("search/7", "words", "rrf")
        assert (noted.profile_id, noted.query, noted.degraded) == ("c:7", "blue box", ())
        assert [item.product_id for item in noted.items] == [hit.product_id for hit in results.hits]
        assert [item.score for item in noted.items] == [hit.score for hit in results.hits]
        assert noted.items[0].source == "words+meaning"

    async def test_counts_positions_from_the_first_page(self, noting: Noting) -> None:
        await noting.find("storage box", start=1, size=2)
        assert [item.position for item in noting.exposures.kept[0].items] == [1, 2]

    async def test_holds_the_words_that_were_searched(self, noting: Noting) -> None:
        await noting.find("oragne juice")
        assert noting.exposures.kept[0].query == "orange juice"

    async def test_says_what_the_answer_went_without(self, noting: Noting) -> None:
        noting.profiles.away = True
        await noting.find("blue box", profile_id="c:7")
        assert noting.exposures.kept[0].degraded == ("features_unavailable",)

    async def test_names_another_order_than_relevance(self, noting: Noting) -> None:
        await noting.find("box", sort=Sort("price"))
        assert noting.exposures.kept[0].placement == "sorted"

    async def test_of_a_picture_says_so(self, noting: Noting) -> None:
        picture = shop.picture_of("ball-red")
        await noting.find(image=picture)
        await noting.find("box", image=picture)
        assert [noted.placement for noted in noting.exposures.kept] == ["picture", "picture_and_words"]
        assert [noted.query for noted in noting.exposures.kept] == ["", "box"]


class TestWhichAnswers:
    async def test_one_for_every_page(self, noting: Noting) -> None:
        for start in (0, 1):
            await noting.find("storage box", start=start, size=1)
        assert len(noting.exposures.kept) == 2

    async def test_nothing_found_is_noted_too(self, noting: Noting) -> None:
        await noting.find("box", start=5_000)
        assert [noted.items for noted in noting.exposures.kept] == [()]

    async def test_a_list_without_words_or_picture_is_not(self, noting: Noting) -> None:
        await noting.find()
        assert noting.exposures.kept == []

    async def test_an_explanation_shows_nothing(self, noting: Noting) -> None:
        await noting.finder.explain(SearchQuery(text="box"), ["box-red"], budget_s=1.0)
        assert noting.exposures.kept == []


class TestOverHttp:
    async def test_the_exposure_has_the_request_id_of_the_answer(self, noting: Noting, tmp_path: Path) -> None:
        async with noting.client(tmp_path) as client:
            answer = await client.post("/v1/search", json={"query": "blue box", "anonymous_id": "device"})
        (noted,) = noting.exposures.kept
        assert noted.request_id == answer.json()["request_id"] == answer.headers["x-request-id"]
        assert noted.profile_id == "a:device"

    async def test_one_who_notes_nothing_answers_the_same(self, noting: Noting, tmp_path: Path) -> None:
        silent = House()
        face = api(silent.finder, silent.pictures, encoders=silent.encoders, settings=Settings(home=tmp_path))
        transport = httpx.ASGITransport(app=face.build())
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            told = (await client.post("/v1/search", json={"query": "blue box"})).json()
        async with noting.client(tmp_path) as client:
            noted = (await client.post("/v1/search", json={"query": "blue box"})).json()
        assert {**told, "request_id": ""} == {**noted, "request_id": ""}


class Part:
    """Any part that a stop lets go of."""

    def stop(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field`")  # Feast's own models
async def test_a_stop_writes_what_waits_before_the_log_closes() -> None:
    from merx_search.bootstrap import House as Running

    part: Any = Part()
    exposures = KeptExposures()
    closed: list[bool] = []

    class Log(Part):
        def close(self) -> None:
            closed.append(exposures.closed)

    log: Any = Log()
    kept: Any = exposures
    await Running(part, part, part, part, part, part, part, kept, log).stop()
    assert closed == [True]


def test_exposures_are_written_unless_the_settings_ask_otherwise(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).exposures
