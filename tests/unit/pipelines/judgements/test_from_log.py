"""Judgements read from the log, from its archive and from a file."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merx_core.events import CloudEvent, Event, EventType, ExposedItem, Exposure, Line, RecordType
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import Archive, EventLog, archive_records, drop_records, migrate
from merx_pipelines.indexing.judgements import JudgementsRefused
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.steps import index_judgements

NOW = datetime.now(UTC)
DAY_US = 86_400 * 1_000_000
LATER_US = 2**62
CLICKED = {"cup": 0, "mug": 3, "bowl": None}
"""What `life` teaches of its query: one above the only click, and one below."""


def exposure(profile_id: str | None, query: str = "Blue Mug", **told: Any) -> CloudEvent:
    items = tuple(ExposedItem(name, place, 1.0) for place, name in enumerate(("cup", "mug", "bowl")))
    given = {"service": "search", "placement": "words", "arm": "rrf", "time": NOW, "items": items, **told}
    shown = Exposure(request_id=f"{profile_id}", model_version="search/1", profile_id=profile_id, query=query, **given)
    return CloudEvent(
        id=f"{query}/{profile_id}/{shown.time}",
        source="/merx/search",
        type=RecordType.EXPOSURE,
        time=shown.time,
        subject=profile_id,
        data=msgspec.Raw(msgspec.json.encode(shown)),
    )


def event(number: int, *, kind: EventType = EventType.VIEW, product: str = "mug", **shopper: str) -> CloudEvent:
    time = NOW + timedelta(minutes=1)
    told = Event(message_id=f"m{number}/{kind}", type=kind, time=time, lines=(Line(product),), **shopper)  # type: ignore[arg-type]
    return CloudEvent.wrap(told, "/shop")


def life(shoppers: Iterable[int] = range(3), query: str = "Blue Mug", **told: Any) -> list[CloudEvent]:
    """Each of some customers is shown three products and views the second."""
    return [
        record
        for number in shoppers
        for record in (exposure(f"c:{number}", query, **told), event(number, customer_id=str(number)))
    ]


class Shop:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = IndexSettings(home=home)
        migrate(self.settings.database_url)
        self.log = EventLog(self.settings.database_url)

    def judged(self, *records: CloudEvent, now: datetime = NOW, **settings: Any) -> dict[str, dict[str, int | None]]:
        """By query and product, after some records were written."""
        self.log.append(records)
        used = IndexSettings(home=self.home, **settings)
        index_judgements.run(self.home / "out", settings=used, now_us=int(now.timestamp() * 1e6))
        found: dict[str, dict[str, int | None]] = {}
        for line in (self.home / "out" / "judgements.jsonl").read_text().splitlines():
            told = json.loads(line)
            found.setdefault(told["query"], {})[told["product_id"]] = told["grade"]
        return found

    def report(self) -> dict[str, int]:
        told: dict[str, int] = json.loads((self.home / "out" / "judgements.json").read_text())
        return told


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    opened = Shop(tmp_path)
    with opened.log:
        yield opened


class TestTheLog:
    def test_what_shoppers_wanted_of_what_they_were_shown(self, shop: Shop) -> None:
        assert shop.judged(*life()) == {"blue mug": CLICKED}
        assert shop.report() == {"shown": 9, "shoppers": 3, "acts": 3, "from_log": 1, "from_file": 0, "queries": 1}

    def test_a_query_is_the_same_however_it_is_written(self, shop: Shop) -> None:
        records = [*life([0], "Blue  mug"), *life([1], "BLUE MUG"), *life([2], "blue müg")]
        assert shop.judged(*records) == {"blue mug": CLICKED}

    def test_a_shopper_is_who_the_exposure_says(self, shop: Shop) -> None:
        by_device = [exposure(f"a:{number}") for number in range(3)]
        signed_in = [event(number, customer_id=f"other-{number}", anonymous_id=str(number)) for number in range(3)]
        assert shop.judged(*by_device, *signed_in) == {"blue mug": CLICKED}

    def test_a_device_is_no_customer_of_the_same_name(self, shop: Shop) -> None:
        shown = [exposure(f"a:{number}") for number in range(3)]
        assert shop.judged(*shown, *(event(number, customer_id=str(number)) for number in range(3))) == {}

    @pytest.mark.parametrize(
        "told",
        [{"service": "recommendation"}, {"placement": "sorted"}, {"placement": "picture_and_words"}, {"arm": "browse"}],
        ids=lambda told: next(iter(told.values())),
    )
    def test_only_lists_that_a_fusion_ordered_by_words_teach(self, shop: Shop, told: dict[str, Any]) -> None:
        assert shop.judged(*life(**told)) == {}

    def test_lists_without_words_or_shopper_are_passed_over(self, shop: Shop) -> None:
        nobody = [exposure(None, time=NOW - timedelta(seconds=number)) for number in range(3)]
        assert shop.judged(*life(query=""), *nobody) == {}

    def test_of_events_only_those_that_want_something_count(self, shop: Shop) -> None:
        kinds = (EventType.VIEW_LIST, EventType.REMOVE_FROM_CART, EventType.REFUND)
        shown = [exposure(f"c:{number}") for number in range(3)]
        assert shop.judged(*shown, *(event(n, kind=kind, customer_id=str(n)) for n in range(3) for kind in kinds)) == {}


class TestBounds:
    def test_only_the_last_days_count(self, shop: Shop) -> None:
        assert shop.judged(*life(), now=NOW + timedelta(days=27)) == {"blue mug": CLICKED}
        assert shop.judged(now=NOW + timedelta(days=29)) == {}
        assert shop.judged(now=NOW + timedelta(days=29), judged_days=30) == {"blue mug": CLICKED}

    def test_no_days_are_no_judgements(self, shop: Shop) -> None:
        assert shop.judged(*life(), judged_days=0, now=NOW + timedelta(hours=1)) == {}

    def test_of_more_exposures_than_allowed_the_last_count(self, shop: Shop) -> None:
        records = [*life(query="old"), *life(range(3, 6), query="new")]
        assert shop.judged(*records, judged_exposures=3) == {"new": CLICKED}

    def test_what_is_archived_and_dropped_counts_too(self, shop: Shop) -> None:
        shop.log.append(life())
        archive = Archive(ArtefactStore(shop.settings.artefacts_url), shop.settings.home / "archive")
        archive_records(shop.log, archive, older_than_us=LATER_US)
        assert drop_records(shop.log, archived=archive.last, before_us=LATER_US).records == 6
        assert shop.judged() == {"blue mug": CLICKED}
        assert shop.judged(now=NOW + timedelta(days=29)) == {}


class TestPrivacy:
    def test_nothing_that_is_written_names_a_shopper(self, shop: Shop) -> None:
        names = ("ada-lovelace", "grace-hopper", "alan-turing")
        shown = [exposure(f"c:{name}") for name in names]
        shop.judged(*shown, *(event(number, customer_id=name) for number, name in enumerate(names)))
        written = b"".join(path.read_bytes() for path in (shop.home / "out").iterdir())
        assert b"blue mug" in written
        assert not any(name.encode() in written for name in names)

    def test_words_that_few_typed_do_not_leave_the_log(self, shop: Shop) -> None:
        assert set(shop.judged(*life(), *life([7, 8], query="call 555 0100"))) == {"blue mug"}


class TestTheFile:
    def write(self, shop: Shop, *lines: str) -> Path:
        path = shop.home / "given.jsonl"
        path.write_text("\n".join(lines))
        return path

    def test_people_judge_beside_the_log_and_above_it(self, shop: Shop) -> None:
        path = self.write(
            shop,
            '{"query": "Blue MUG", "product_id": "cup", "grade": 2}',
            "",
            '{"query": "plate", "product_id": "dish", "grade": 3}',
            '{"query": "plate", "product_id": "tray", "grade": null}',
        )
        found = shop.judged(*life(), judgements=path)
        assert found == {"blue mug": {**CLICKED, "cup": 2}, "plate": {"dish": 3, "tray": None}}
        assert shop.report()["from_file"] == 2

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("{", "line 2"),
            ('{"query": "plate", "product_id": "dish"}', "line 2.*grade"),
            ('{"query": "plate", "product_id": "dish", "grade": 4}', "line 2.*<= 3"),
            ('{"query": "plate", "product_id": "dish", "grade": "1"}', "line 2.*grade"),
            ('{"query": "plate", "product_id": "dish", "grade": 1, "note": ""}', "line 2.*note"),
            ('{"query": " ", "product_id": "dish", "grade": 1}', "line 2.*blank"),
        ],
    )
    def test_a_line_that_is_none_is_named(self, shop: Shop, line: str, why: str) -> None:
        path = self.write(shop, '{"query": "plate", "product_id": "dish", "grade": 1}', line)
        with pytest.raises(JudgementsRefused, match=why):
            shop.judged(judgements=path)

    def test_a_file_that_is_not_there_is_named(self, shop: Shop) -> None:
        with pytest.raises(JudgementsRefused, match=r"absent\.jsonl"):
            shop.judged(judgements=shop.home / "absent.jsonl")


def test_the_same_log_gives_the_same_bytes(shop: Shop) -> None:
    shop.log.append([*life(), *life(range(3, 9), "red mug")])
    for name in ("a", "b"):
        index_judgements.run(shop.home / name, settings=shop.settings, now_us=int(NOW.timestamp() * 1e6))
    assert (shop.home / "a" / "judgements.jsonl").read_bytes() == (shop.home / "b" / "judgements.jsonl").read_bytes()
