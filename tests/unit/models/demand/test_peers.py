from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from merx_models.demand.peer_counts import ANY, ASLEEP, NEVER, NEW, PeerSales, Tree, ancestry, counted
from merx_models.demand.peers import CATEGORY, SELDOM, PeerDemand
from merx_models.demand.quantiles import LEVELS

WEEKS, AHEAD, EACH = 48, 8, 150
END = datetime(2026, 11, 23, 4, tzinfo=UTC)
RATES = {"Tea > Green": 0.3, "Tea > Black": 2.0, "Cup": 1.0}


def made_sales(weeks: int = WEEKS, seed: int = 0, *, launches: bool = True, times: float = 1.0) -> PeerSales:
    """EACH products of every category, which sell at its rate in the web and half as often in the shop; a third of the
    cups come one by one. As many lids are on offer, of which none ever sold."""
    rng = np.random.default_rng(seed)
    names, channels, categories, units = [], [], [], []
    for category, rate in RATES.items():
        for number in range(EACH):
            for channel, share in (("web", 1.0), ("shop", 0.5)):
                born = 10 + number // 2 if launches and category == "Cup" and number < EACH // 3 else 0
                sold = rng.poisson(times * share * rate / 7.0, 7 * weeks)
                sold[: 7 * born] = 0
                names.append(f"{category} {number}")
                channels.append(channel)
                categories.append(category)
                units.append(sold)
    table = np.array(units)
    kept = table.any(axis=1)
    series, day = np.nonzero(table[kept])
    return PeerSales(
        product=np.array(names)[kept],
        channel=np.array(channels)[kept],
        category=np.array(categories)[kept],
        series=series.astype(np.int64),
        day=day.astype(np.int64),
        units=table[kept][series, day].astype(np.float64),
        listed={**dict.fromkeys(RATES, EACH), "Lid": EACH},
    )


@pytest.fixture(scope="module")
def peers() -> PeerDemand:
    return PeerDemand.fit(made_sales(), WEEKS - 1, weeks=AHEAD, start=END)


def mean_of(peers: PeerDemand, product: str, *, category: str = "", channel: str | None = "web", **told: bool) -> float:
    return float(peers.of(product, "week", channel, category=category, listed=told.get("listed", True)).point.mean())


class TestSold:
    def test_a_product_is_expected_to_sell_as_those_did_that_had_sold_as_often(self, peers: PeerDemand) -> None:
        slow = np.mean([mean_of(peers, f"Tea > Green {number}") for number in range(EACH)])
        fast = np.mean([mean_of(peers, f"Tea > Black {number}") for number in range(EACH)])
        assert slow == pytest.approx(0.3, rel=0.15)
        assert fast == pytest.approx(2.0, rel=0.1)

    def test_quantiles_are_those_of_counts(self, peers: PeerDemand) -> None:
        found = peers.of("Tea > Black 1", "week", "web", category="", listed=True)
        assert found.member == SELDOM
        assert found.quantiles.shape == (AHEAD, 9)
        assert found.quantiles[0, 4] == pytest.approx(2.0, abs=0.5)
        assert found.quantiles[0, 8] == pytest.approx(4.0, abs=0.7)

    def test_days_make_up_the_weeks(self, peers: PeerDemand) -> None:
        week, day = (peers.of("Tea > Black 1", period, "web", category="", listed=True) for period in ("week", "day"))
        assert len(day.point) == 7 * AHEAD
        assert day.point.sum() == pytest.approx(week.point.sum(), rel=0.05)
        assert (week.start, week.end) == (day.start, day.end) == (END, END + timedelta(weeks=AHEAD))

    def test_channels_add_up(self, peers: PeerDemand) -> None:
        parts = [mean_of(peers, "Cup 140", channel=channel) for channel in ("web", "shop")]
        assert mean_of(peers, "Cup 140", channel=None) == pytest.approx(sum(parts))
        assert parts[0] > 1.3 * parts[1]

    def test_it_last_sold_on_the_day_of_its_last_sale(self, peers: PeerDemand) -> None:
        sales = made_sales()
        place = np.flatnonzero(sales.product == "Tea > Green 7")
        last = int(sales.day[np.isin(sales.series, place)].max())
        assert peers.last_sale("Tea > Green 7") == END - timedelta(days=7 * WEEKS - 1 - last)
        assert peers.last_sale("Lid 1") is None


class TestNotSold:
    def test_what_was_on_offer_and_never_sold_is_expected_to_go_on_so(self, peers: PeerDemand) -> None:
        assert mean_of(peers, "Lid 1", category="Lid") == 0.0
        assert peers.of("Lid 1", "week", None, category="Lid", listed=True).member == CATEGORY

    def test_what_is_new_sells_as_others_of_its_category_did_when_they_were(self, peers: PeerDemand) -> None:
        assert mean_of(peers, "Cup 999", category="Cup", listed=False) == pytest.approx(1.0, rel=0.2)

    def test_where_nothing_new_ever_came_it_sells_as_what_is_there(self) -> None:
        peers = PeerDemand.fit(made_sales(launches=False, times=4.0), WEEKS - 1, weeks=AHEAD, start=END)
        assert mean_of(peers, "x", category="Tea > Black", listed=False) == pytest.approx(8.0, rel=0.15)
        assert mean_of(peers, "x", category="Tea > Green", listed=False) == pytest.approx(1.2, rel=0.3)

    def test_an_unknown_category_is_as_the_one_above_it(self, peers: PeerDemand) -> None:
        for told, known in (("Tea > White", "Tea"), ("Tea > Black > Assam", "Tea > Black"), ("Hats", "")):
            assert mean_of(peers, "x", category=told, listed=False) == mean_of(peers, "x", category=known, listed=False)

    def test_a_channel_without_sales_has_no_forecast(self, peers: PeerDemand) -> None:
        with pytest.raises(KeyError, match="'app'"):
            peers.of("Cup 1", "week", "app", category="Cup", listed=True)


class TestTime:
    def test_later_sales_are_not_read(self) -> None:
        origin = WEEKS - 1 - AHEAD
        early = PeerDemand.fit(made_sales(), origin, weeks=AHEAD, start=END)
        sales = made_sales()
        kept = sales.day < 7 * (origin + 1)
        seen = PeerSales(
            **{name: getattr(sales, name) for name in ("product", "channel", "category", "listed")},
            **{name: getattr(sales, name)[kept] for name in ("series", "day", "units")},
        )
        again = PeerDemand.fit(seen, origin, weeks=AHEAD, start=END)
        for period in ("week", "day"):
            np.testing.assert_array_equal(early.cells[period].quantiles, again.cells[period].quantiles)
            np.testing.assert_array_equal(early.cells[period].point, again.cells[period].point)
        np.testing.assert_array_equal(early.kind, again.kind)

    def test_a_window_before_the_first_week_is_refused(self) -> None:
        with pytest.raises(ValueError, match="8 weeks: 8 cannot be looked at"):
            PeerDemand.fit(made_sales(), AHEAD - 1, weeks=AHEAD, start=END)


class TestCounts:
    """Against all periods of all series written out, zeros and all."""

    @pytest.mark.parametrize(("period", "days"), [("week", 7), ("day", 1)])
    def test_of_the_whole_shop_they_are_what_happened(self, period: str, days: int) -> None:
        sales, origin = made_sales(), WEEKS - 1 - AHEAD
        tree = Tree.of(np.append(sales.category, list(sales.listed)))
        place = np.array([[0, tree.places[name]] for name in sales.category.tolist()])
        found = counted(sales, place, tree, origin=origin, weeks=AHEAD, period="week" if days == 7 else "day")
        dense = np.zeros((len(sales.product), 7 * WEEKS))
        np.add.at(dense, (sales.series, sales.day), sales.units)
        by_period = dense.reshape(len(dense), -1, days).sum(axis=2)
        kind = sales.classes(origin)
        for one in sorted(set(kind.tolist()) - {NEVER}):
            actual = by_period[kind == one, 7 * (origin + 1) // days :].ravel()
            expected = np.quantile(actual, LEVELS, method="inverted_cdf")
            np.testing.assert_array_equal(found.quantiles[0, 0, one], expected)
            assert found.point[0, 0, one] == pytest.approx(actual.mean())
        everything = by_period[kind != NEVER, 7 * (origin + 1) // days :]
        assert found.point[0, 0, ANY] == pytest.approx(everything.mean())

    def test_new_ones_count_after_the_week_of_their_first_sale(self) -> None:
        sales, origin = made_sales(), WEEKS - 1 - AHEAD
        tree = Tree.of(np.append(sales.category, list(sales.listed)))
        place = np.array([[0, tree.places[name]] for name in sales.category.tolist()])
        found = counted(sales, place, tree, origin=origin, weeks=AHEAD, period="week")
        dense = np.zeros((len(sales.product), WEEKS))
        np.add.at(dense, (sales.series, sales.day // 7), sales.units)
        parts = [
            dense[row, first + 1 : first + 1 + AHEAD]
            for row, first in enumerate(sales.first_week.tolist())
            if AHEAD <= first < WEEKS - 1
        ]
        assert found.point[0, 0, NEW] == pytest.approx(np.concatenate(parts).mean())

    def test_a_small_category_is_drawn_to_the_one_above(self) -> None:
        sales, origin = made_sales(), WEEKS - 1 - AHEAD
        tree = Tree.of(np.append(sales.category, list(sales.listed)))
        place = np.array([[0, tree.places[name]] for name in sales.category.tolist()])
        found = counted(sales, place, tree, origin=origin, weeks=AHEAD, period="week").point[0, :, ANY]
        own, above = RATES["Tea > Black"] * 0.75, found[tree.places["Tea"]]
        assert above < found[tree.places["Tea > Black"]] < own

    def test_who_sold_before_but_not_in_the_window_is_asleep(self) -> None:
        sales = made_sales()
        first = np.flatnonzero((sales.series == 0) & (sales.day < 7))
        kept = (sales.series != 0) | (sales.day < 7)
        assert len(first) == 0 or sales.classes(WEEKS - 1)[0] > ASLEEP
        quiet = PeerSales(
            **{name: getattr(sales, name) for name in ("product", "channel", "category", "listed")},
            series=np.append(sales.series[kept], 0),
            day=np.append(sales.day[kept], 3),
            units=np.append(sales.units[kept], 1.0),
        )
        assert quiet.classes(WEEKS - 1)[0] == ASLEEP
        assert quiet.classes(0)[0] > ASLEEP

    def test_a_category_is_part_of_all_above_it(self) -> None:
        assert ancestry("Tea > Black > Assam") == ["Tea > Black > Assam", "Tea > Black", "Tea", ""]
        assert ancestry("") == [""]


class TestFiles:
    def test_what_was_written_is_read_back(self, peers: PeerDemand, tmp_path: Path) -> None:
        peers.save(tmp_path / "peers.npz")
        again = PeerDemand.load(tmp_path / "peers.npz")
        assert len(again) == len(peers)
        for channel in ("web", None):
            told, back = (each.of("Cup 3", "day", channel, category="Cup", listed=True) for each in (peers, again))
            np.testing.assert_allclose(back.quantiles, told.quantiles, rtol=1e-6)
            np.testing.assert_allclose(back.point, told.point, rtol=1e-6)
        assert again.last_sale("Cup 3") == peers.last_sale("Cup 3")

    def test_a_file_that_is_something_else_is_refused(self, peers: PeerDemand, tmp_path: Path) -> None:
        np.savez(tmp_path / "other.npz", product=peers.product)
        with pytest.raises(KeyError):
            PeerDemand.load(tmp_path / "other.npz")

    def test_places_that_are_none_are_refused(self, peers: PeerDemand) -> None:
        fields = {name: getattr(peers, name) for name in peers.__dataclass_fields__}
        with pytest.raises(ValueError, match="channel: places from 0 to 9, of 2"):
            PeerDemand(**(fields | {"channel": np.where(peers.channel == 1, 9, 0)}))
        with pytest.raises(ValueError, match="every series has"):
            PeerDemand(**(fields | {"kind": peers.kind[1:]}))
