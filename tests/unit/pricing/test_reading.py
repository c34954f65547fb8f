"""Facts as guard-rails and policy are asked with them: what is missing, mixed or too old is named."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from merx_core.money import Money
from merx_pricing.domain import HouseTerms, Rival, Situation, read
from merx_pricing.domain.reading import announced, daily, day_of
from tests.unit.pricing.shop import HOUR_US, NOW, NOW_US, days_ago, facts

TODAY = NOW.toordinal()


def situation(*others: object, **changes: object) -> Situation:
    return read(facts(**changes), others, terms=HouseTerms(), now_us=NOW_US, zone=UTC)  # type: ignore[arg-type]


class TestWhatIsMissing:
    def test_a_whole_product_lacks_nothing(self) -> None:
        found = situation()
        assert (found.reasons, found.blocked, found.stock) == ((), (), 40)
        assert (found.context.current, found.context.cost, found.context.list_price) == (299, 180, 349)

    @pytest.mark.parametrize(
        ("changes", "blocked"),
        [
            ({"cost": None}, "cost_unknown"),
            ({"cost": Money(180, "USD")}, "currency_mixed"),
            ({"cost_us": days_ago(181)}, "cost_stale"),
            ({"stock": 0}, "out_of_stock"),
            ({"in_stock": False}, "out_of_stock"),
        ],
    )
    def test_what_keeps_the_policy_from_being_asked(self, changes: dict[str, object], blocked: str) -> None:
        assert situation(**changes).blocked == (blocked,)

    def test_a_cost_of_another_currency_is_no_cost(self) -> None:
        assert situation(cost=Money(1, "USD")).context.cost is None

    def test_an_old_cost_still_keeps_the_margin(self) -> None:
        assert situation(cost_us=days_ago(400)).context.cost == 180

    def test_an_old_stock_level_is_not_known(self) -> None:
        found = situation(stock_us=days_ago(8))
        assert (found.stock, found.reasons) == (None, ("stock_stale",))

    def test_without_a_price_there_is_nothing_to_start_from(self) -> None:
        with pytest.raises(ValueError, match="no price"):
            situation(price=None)

    def test_a_list_price_of_another_currency_is_left_out(self) -> None:
        assert situation(list_price=Money(349, "USD")).context.list_price is None


class TestRivals:
    def test_fresh_prices_of_the_same_currency_count(self) -> None:
        rivals = {
            "a": Rival(Money(310, "EUR"), NOW_US - HOUR_US),
            "b": Rival(Money(290, "EUR"), NOW_US - HOUR_US),
            "usd": Rival(Money(100, "USD"), NOW_US - HOUR_US),
            "sold out": Rival(Money(100, "EUR"), NOW_US - HOUR_US, in_stock=False),
            "nothing": Rival(Money(0, "EUR"), NOW_US - HOUR_US),
        }
        found = situation(rivals=rivals)
        assert (found.context.competitors, found.reasons) == ((290, 310), ())

    def test_a_feed_ten_days_old_is_left_out_by_name(self) -> None:
        found = situation(rivals={"a": Rival(Money(310, "EUR"), days_ago(10))})
        assert (found.context.competitors, found.reasons) == ((), ("competitor_price_stale",))


class TestHistory:
    def test_of_several_prices_on_a_day_the_lowest_counts(self) -> None:
        steps = ((days_ago(3), 300), (days_ago(2), 200), (days_ago(2) + HOUR_US, 250), (days_ago(1), 280))
        assert daily(steps, UTC) == ((TODAY - 3, 300), (TODAY - 2, 200), (TODAY - 1, 280))

    def test_a_day_begins_where_the_shop_is(self) -> None:
        late = int(datetime(2026, 11, 25, 23, 30, tzinfo=UTC).timestamp() * 1e6)
        assert day_of(late, ZoneInfo("Europe/Berlin")) == day_of(late, UTC) + 1

    def test_the_days_change_counts_from_the_price_that_it_began_with(self) -> None:
        changed = ((days_ago(9), 320), (NOW_US - HOUR_US, 299))
        assert situation(history=changed).context.day_start == 320
        assert situation(history=((NOW_US - HOUR_US, 299),)).context.day_start is None

    def test_a_reduction_began_with_the_first_step_down(self) -> None:
        steps = ((days_ago(50), 320), (days_ago(20), 350), (days_ago(9), 330), (days_ago(4), 299))
        told = announced(situation(history=steps), TODAY).context.announced
        assert told is not None
        assert (told.today, told.since) == (TODAY, TODAY - 9)

    def test_after_a_rise_no_reduction_is_under_way(self) -> None:
        told = announced(situation(history=((days_ago(50), 250), (days_ago(20), 299))), TODAY).context.announced
        assert told is not None
        assert told.since is None


class TestFamilies:
    def test_others_of_the_family_stand_beside(self) -> None:
        large = facts("p01", size=2, price=Money(500, "EUR"))
        foreign, unpriced = facts("p02", price=Money(500, "USD")), facts("p03", price=None)
        (found,) = situation(large, foreign, unpriced).context.relatives
        assert (found.product_id, found.size, found.price) == ("p01", 2, 500)
