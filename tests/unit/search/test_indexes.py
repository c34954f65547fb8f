import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from merx_kit.eventlog import migrate
from merx_search.adapters.indexes import Followed, Pace
from tests.unit.search import shop
from tests.unit.search.installed import SOON_S, Installed, built, until
from tests.unit.search.log import Log

PRODUCTS = shop.products()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    made = Installed(tmp_path / "home")
    yield made
    made.close()


def append(installed: Installed, log: Log) -> None:
    installed.log.append(log.events())


class TestTheFirst:
    def test_before_one_is_registered_an_empty_index_follows_the_log_from_its_beginning(
        self, installed: Installed
    ) -> None:
        append(installed, Log().upsert("pot").upsert("pan", "Copper pan").delete("pan"))
        installed.look()
        standing = installed.keeper.current()
        assert standing is not None
        assert (standing.version, standing.lacking) == ("log", ("index_missing",))
        until(lambda: installed.found("porcelain") == ["pot"])
        until(lambda: installed.found("copper pan") == [])  # deleted by a record of its own, after it came in
        append(installed, Log().upsert("lamp", "Brass lamp"))
        until(lambda: installed.found("brass lamp") == ["lamp"])
        assert installed.keeper.degraded == ()

    def test_one_that_is_registered_serves_with_what_the_log_says_after_it(self, installed: Installed) -> None:
        append(installed, Log().upsert("kettle", "Brass lamp").upsert("pot").stock("coffee", stock=0).delete("tea"))
        installed.publish(PRODUCTS, head=1)
        installed.look()
        assert installed.version == "search/1"
        assert installed.found("porcelain") == ["pot"]
        assert installed.found("gooseneck") == ["kettle"]  # what the log had said before is in the index already
        standing = installed.keeper.current()
        assert standing is not None
        assert not standing.index.in_stock("coffee")
        assert "tea" not in standing.index.cards

    def test_one_without_pictures_says_so(self, installed: Installed) -> None:
        installed.publish(PRODUCTS)
        installed.look()
        standing = installed.keeper.current()
        assert standing is not None
        assert standing.lacking == ("pictures_unavailable",)
        assert REGISTRY.get_sample_value("merx_search_index_products") == len(PRODUCTS)
        assert REGISTRY.get_sample_value("merx_search_index_pictured_products") == 0


class TestAnotherOne:
    @pytest.fixture(autouse=True)
    def first(self, installed: Installed) -> None:
        installed.publish(PRODUCTS[:4])
        installed.look()

    def test_it_takes_over_when_the_alias_moves_and_follows_the_log(self, installed: Installed) -> None:
        before = installed.keeper.current()
        installed.publish(PRODUCTS)
        installed.look()
        assert installed.version == "search/2"
        append(installed, Log().upsert("pot"))
        until(lambda: installed.found("porcelain") == ["pot"])
        assert before is not None
        assert "pot" not in before.index.cards  # nobody keeps the old one up any more

    def test_only_once_it_has_read_on_in_the_log(self, installed: Installed) -> None:
        append(installed, Log().upsert("pot"))
        until(lambda: installed.found("porcelain") == ["pot"])
        installed.publish(PRODUCTS)
        installed.gate = threading.Event()
        swap = threading.Thread(target=installed.look)
        swap.start()
        until(lambda: installed.slot.current is not None and installed.slot.current.version.version == "2")
        append(installed, Log().upsert("pan", "Copper pan"))
        until(lambda: installed.found("copper pan") == ["pan"])  # the one in service is kept up meanwhile
        assert installed.version == "search/1"
        installed.gate.set()
        swap.join(SOON_S)
        assert installed.version == "search/2"
        assert installed.found("porcelain") == ["pot"]

    def test_or_when_it_has_taken_too_long(self, installed: Installed) -> None:
        installed.keeper._pace = Pace(log_poll_s=0.005, catch_up_s=0.02)
        append(installed, Log().upsert("pot"))
        installed.publish(PRODUCTS)
        installed.gate = threading.Event()
        installed.look()
        assert installed.version == "search/2"
        assert installed.found("porcelain") == []
        installed.gate.set()
        until(lambda: installed.found("porcelain") == ["pot"])

    def test_the_one_before_comes_back_with_the_alias(self, installed: Installed) -> None:
        first = installed.slot.current
        assert first is not None
        installed.publish(PRODUCTS)
        installed.look()
        append(installed, Log().upsert("pot"))
        installed.promote(first.version)
        installed.look()
        assert installed.version == "search/1"
        standing = installed.keeper.current()
        assert standing is not None
        assert set(standing.index.cards) == {*(product.product_id for product in PRODUCTS[:4]), "pot"}

    def test_a_request_keeps_the_one_that_it_began_with(self, installed: Installed) -> None:
        before = installed.keeper.current()
        installed.publish(PRODUCTS)
        installed.look()
        assert before is not None
        assert before.version == "search/1"
        assert len(before.index.cards) == 4

    def test_the_one_before_is_let_go_by_itself(self, installed: Installed) -> None:
        """What is in service is frozen, cycles and all: no collection would ever give the memory of one back."""
        standing = installed.keeper.current()
        assert standing is not None
        before = weakref.ref(standing.index.words)
        del standing
        gc.disable()
        try:
            installed.publish(PRODUCTS)
            installed.look()
            assert before() is None
        finally:
            gc.enable()

    def test_looking_again_changes_nothing(self, installed: Installed) -> None:
        before = installed.keeper.current()
        swaps = REGISTRY.get_sample_value("merx_search_index_swaps_total")
        installed.look()
        installed.look()
        assert installed.keeper.current() is before
        assert REGISTRY.get_sample_value("merx_search_index_swaps_total") == swaps


class TestOneThatMustNotServe:
    @pytest.fixture(autouse=True)
    def first(self, installed: Installed) -> None:
        installed.publish(PRODUCTS[:4])
        installed.look()

    def refused(self, installed: Installed) -> tuple[str, ...]:
        installed.look()
        assert installed.version == "search/1"
        append(installed, Log().upsert("pot"))
        until(lambda: installed.found("porcelain") == ["pot"])  # it is still kept up
        return installed.keeper.degraded

    @pytest.mark.parametrize("file", ["words/words.json", "cards.jsonl", "golden.json", "manifest.json"])
    def test_a_damaged_file_leaves_the_one_in_service(self, installed: Installed, file: str) -> None:
        version = installed.publish(PRODUCTS)
        path = installed.registry.stored_file(version, file)
        path.write_bytes(path.read_bytes()[:-1] + b"#")
        assert self.refused(installed) == ("model_damaged",)

    def test_so_does_another_encoder(self, installed: Installed) -> None:
        installed.publish(PRODUCTS, encoder="another")
        assert self.refused(installed) == ("model_contract_unknown",)

    def test_so_does_one_that_answers_otherwise_than_when_it_was_built(self, installed: Installed) -> None:
        other = [*PRODUCTS[3:], *PRODUCTS[:1]]
        installed.publish(PRODUCTS, golden=other)
        assert self.refused(installed) == ("model_refused",)

    def test_so_does_a_registry_that_is_away(self, installed: Installed) -> None:
        installed.registry.away = True
        assert self.refused(installed) == ("registry_unavailable",)

    def test_the_next_good_one_clears_it(self, installed: Installed) -> None:
        installed.publish(PRODUCTS, encoder="another")
        installed.look()
        installed.publish(PRODUCTS)
        installed.look()
        assert installed.version == "search/3"
        assert installed.keeper.degraded == ()


class TestTheLog:
    def test_one_that_is_away_is_said_until_it_answers(self, tmp_path: Path) -> None:
        installed = Installed(tmp_path / "home", migrated=False)
        installed.publish(PRODUCTS)
        installed.keeper._pace = Pace(log_poll_s=0.005, catch_up_s=0.02)
        installed.look()
        assert installed.found("gooseneck") == ["kettle"]
        until(lambda: installed.keeper.degraded == ("log_unavailable",))
        migrate(installed.settings.database_url)
        append(installed, Log().upsert("pot"))
        until(lambda: installed.found("porcelain") == ["pot"])
        until(lambda: installed.keeper.degraded == ())
        installed.close()

    def test_one_that_went_back_is_laid_over_the_index_from_its_beginning(self, installed: Installed) -> None:
        append(installed, Log().upsert("pot").upsert("pan", "Copper pan").upsert("lamp", "Brass lamp"))
        installed.publish(PRODUCTS, head=2)
        installed.look()
        assert installed.found("brass lamp") == ["lamp"]
        assert installed.found("porcelain") == []
        with installed.log.engine.begin() as connection:
            for table in ("event_log", "event_keys"):
                connection.execute(sa.text(f"DELETE FROM {table}"))
            connection.execute(sa.text("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'event_log'"))
        append(installed, Log().upsert("mat", "Cork mat"))
        until(lambda: installed.found("cork mat") == ["mat"])

    def test_an_index_that_is_ahead_of_its_log_reads_all_of_it(self, installed: Installed) -> None:
        append(installed, Log().upsert("pot"))
        installed.publish(PRODUCTS, head=100)
        installed.look()
        assert installed.found("porcelain") == ["pot"]

    def test_a_first_reading_that_fails_begins_again_at_the_head_of_the_index(self, installed: Installed) -> None:
        class Tired:
            """An archive that does not answer the first time."""

            asked = 0

            def parts(self) -> list[Any]:
                self.asked += 1
                if self.asked == 1:
                    raise OSError("away")
                return []

        append(installed, Log().upsert("kettle", "Brass lamp").upsert("pot"))
        index, archive = built(PRODUCTS), Tired()
        followed = Followed(index, 1, source=installed.log, archive=archive, encode=shop.encode)  # type: ignore[arg-type]
        followed.start(0.005)
        assert followed.tail is not None
        assert followed.tail.wait_until_caught_up(SOON_S)
        followed.stop()
        assert archive.asked == 2
        assert index.cards["pot"].title == "Porcelain teapot"
        assert index.cards["kettle"].title == "Gooseneck kettle"  # what was before the head is not told again


class TestAsAProcess:
    def test_it_starts_with_what_there_is_follows_by_itself_and_leaves_nothing(self, installed: Installed) -> None:
        looked = threading.Event()
        installed.keeper = installed.kept(Pace(poll_s=0.02, log_poll_s=0.005))
        installed.keeper.looked = looked.set
        installed.keeper.start()
        assert installed.version == "log"
        assert looked.is_set()
        installed.publish(PRODUCTS)
        until(lambda: installed.version == "search/1")
        append(installed, Log().upsert("pot"))
        until(lambda: installed.found("porcelain") == ["pot"])
        installed.keeper.stop()
        names = {thread.name for thread in threading.enumerate()}
        assert not names & {"indexes", "model-search", "merx-search"}

    def test_the_next_one_starts_with_the_last_good_index_though_the_registry_is_away(
        self, installed: Installed
    ) -> None:
        installed.publish(PRODUCTS)
        installed.look()
        installed.registry.away = True
        installed.slot = installed._slot()
        installed.keeper.stop()
        installed.keeper = installed.kept()
        installed.keeper.start()
        assert installed.version == "search/1"
        assert installed.found("gooseneck") == ["kettle"]

    def test_a_look_that_fails_is_not_the_last(self, installed: Installed) -> None:
        installed.keeper = installed.kept(Pace(poll_s=0.01, log_poll_s=0.005))
        looks: list[int] = []

        def looked() -> None:
            looks.append(len(looks))
            if len(looks) == 2:
                raise RuntimeError("not this time")

        installed.keeper.looked = looked
        installed.keeper.start()
        until(lambda: len(looks) > 4)
