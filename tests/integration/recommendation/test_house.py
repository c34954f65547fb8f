import shutil
from pathlib import Path

import pytest

from benchmarks.generated_shop import Furnished
from merx_core.events import RecordType
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog
from merx_kit.registry import MlflowRegistry
from merx_recommendation.bootstrap import House
from merx_recommendation.domain import Picks, Query
from tests.integration.recommendation.conftest import Open, look


async def ask(house: House, **query: object) -> Picks:
    return await house.recommender.recommend(Query(request_id="r1", profile_id="c:5", **query))  # type: ignore[arg-type]


def registry_of(home: Path, furnished: Furnished) -> MlflowRegistry:
    return MlflowRegistry(f"sqlite:///{home}/mlflow/mlflow.db", ArtefactStore(f"file://{home}/artefacts"))


def another(home: Path, furnished: Furnished, *, promoted: bool = True) -> str:
    """A second version of the same bundle."""
    registry = registry_of(home, furnished)
    tags = dict(furnished.version.tags)
    version = registry.register("recommendation", home / "bundle", tags=tags).version
    if promoted:
        registry.promote("recommendation", version)
    return version


class TestWholeService:
    async def test_a_known_shopper_gets_a_personal_list_from_the_real_parts(self, opened: Open) -> None:
        async with opened() as house:
            picks = await ask(house)
            assert picks.strategy == "personal"
            assert picks.degraded == ()
            assert picks.model_version == "recommendation/1"
            assert len({pick.product_id for pick in picks.items}) == 20
            assert house.health.degraded == ()
            explained = await house.recommender.explain(Query(request_id="r", profile_id="c:5"), ["p1", "p2"])
            for part in explained.parts:
                # float32 sums of 40 numbers
                assert part.base + float(part.contributions.sum()) == pytest.approx(part.score, abs=1e-4)

    async def test_what_was_shown_reaches_the_event_log(self, opened: Open, home: Path) -> None:
        async with opened(feature_sample=1.0) as house:
            picks = await ask(house, size=3)
        (stored,) = EventLog(f"sqlite:///{home}/events.db").read(0, 10)
        assert stored.record.type == RecordType.EXPOSURE
        assert picks.items[0].product_id.encode() in bytes(stored.record.data)


class TestSwap:
    async def test_a_promoted_version_serves_and_a_request_under_way_keeps_its_pair(
        self, opened: Open, home: Path, furnished: Furnished
    ) -> None:
        async with opened() as house:
            before = house.shelves.current()
            another(home, furnished)
            look(house)
            assert (await ask(house)).model_version == "recommendation/2"
            assert before.version == "recommendation/1"

    async def test_a_roll_back_brings_the_one_before_back(self, opened: Open, home: Path, furnished: Furnished) -> None:
        async with opened() as house:
            another(home, furnished)
            look(house)
            registry_of(home, furnished).rollback("recommendation")
            look(house)
            assert (await ask(house)).model_version == "recommendation/1"


class TestFaults:
    async def test_a_damaged_model_never_serves(self, opened: Open, home: Path, furnished: Furnished) -> None:
        async with opened() as house:
            another(home, furnished)
            stored = sorted(
                (home / "artefacts" / "recommendation").glob("*/ranker.onnx"), key=lambda path: path.stat().st_mtime
            )
            stored[-1].write_bytes(stored[-1].read_bytes()[:-100])
            look(house)
            picks = await ask(house)
            assert picks.model_version == "recommendation/1"
            assert picks.degraded == ("model_damaged",)
            assert house.health.degraded == ("model_damaged",)
            assert len(picks.items) == 20

    async def test_with_the_registry_away_the_last_good_model_serves(self, opened: Open, home: Path) -> None:
        async with opened():
            pass
        (home / "mlflow" / "mlflow.db").unlink()
        async with opened(mlflow_url="http://127.0.0.1:9") as house:
            picks = await ask(house)
            assert picks.model_version == "recommendation/1"
            assert picks.degraded == ("registry_unavailable",)

    async def test_with_the_artefacts_away_too_the_last_good_snapshot_serves(self, opened: Open, home: Path) -> None:
        async with opened():
            pass
        shutil.rmtree(home / "artefacts")
        (home / "artefacts").write_text("not a folder")
        async with opened() as house:
            picks = await ask(house)
            assert picks.model_version == "recommendation/1"
            assert len(picks.items) == 20

    async def test_features_away_leave_the_session(self, opened: Open) -> None:
        nobody_listens = "redis://127.0.0.1:9"
        async with opened(feast_online=nobody_listens) as house:
            picks = await ask(house, recent=("p3",))
            assert picks.degraded == ("features_unavailable",)
            assert picks.strategy == "session"
            assert picks.model_version == "recommendation/1"
            assert len(picks.items) == 20

    async def test_a_fresh_installation_answers(self, opened: Open, home: Path) -> None:
        for path in list(home.iterdir()):  # noqa: ASYNC240 - a test waits for nobody
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        async with opened() as house:
            picks = await ask(house)
            assert picks.items == ()
            assert {"model_unavailable", "catalogue_empty"} <= set(picks.degraded)
            assert house.health.failing() == ()
