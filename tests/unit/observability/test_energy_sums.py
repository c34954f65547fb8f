"""How counters are read, and that sharing out never makes or loses a joule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_kit.energy import EnergyError, EnergySettings, Slots, ledger_of
from merx_kit.energy.history import increase, measured
from merx_kit.energy.ledger import shares
from merx_kit.energy.reading import Account, Reading

NAN = np.nan
SLOTS = 4
AMOUNTS = st.lists(st.sampled_from([0.0, 1.0, 3.0, 700.0]), min_size=SLOTS, max_size=SLOTS)
ACCOUNTS = st.builds(
    lambda calls, gpu, cpu, first, second, versions: Account(
        "shop",
        "search",
        np.array(calls),
        np.array(gpu),
        np.zeros(SLOTS),
        np.array(cpu),
        np.array([True, False] * (SLOTS // 2)),
        {("1", ""): np.array(first), ("2", "blue"): np.array(second)},
        tuple(versions),
    ),
    *(AMOUNTS,) * 5,
    st.lists(st.sampled_from(["", "m/1", "m/2"]), min_size=SLOTS, max_size=SLOTS),
)


class TestIncrease:
    @pytest.mark.parametrize(
        ("values", "grown"),
        [
            ([5, 7, 7, 10], [2, 0, 3]),
            ([5, 7, 1, 4], [2, 1, 3]),  # reset: it has 1 since
            ([5, NAN, NAN, 11], [0, 0, 6]),  # not seen for a while
            ([5, 7, NAN, NAN], [2, 0, 0]),
            ([NAN, NAN, NAN, NAN], [0, 0, 0]),
        ],
    )
    def test_it_is_what_the_counter_gained(self, values: list[float], grown: list[float]) -> None:
        assert increase(np.array(values, dtype=float)).tolist() == grown

    def test_a_new_label_of_a_known_process_began_at_nothing(self) -> None:
        values = np.array([NAN, 3.0, 5.0])
        assert increase(values, existed=np.array([True, True, True])).tolist() == [3, 2]

    def test_nobody_knows_how_old_the_counter_of_a_new_process_is(self) -> None:
        values = np.array([NAN, 3.0, 5.0])
        assert increase(values, existed=np.array([False, True, True])).tolist() == [0, 2]
        assert increase(values).tolist() == [0, 2]

    def test_measured_is_from_the_first_look_to_the_last(self) -> None:
        assert measured(np.array([NAN, 1.0, NAN, 4.0, NAN])).tolist() == [False, True, True, False]


class TestShares:
    @given(ACCOUNTS)
    def test_of_each_slot_they_add_up_to_one(self, account: Account) -> None:
        assert np.allclose(sum(shares(account).values()), 1.0, rtol=1e-12)

    @given(st.lists(ACCOUNTS, min_size=1, max_size=3))
    def test_no_joule_and_no_call_is_made_or_lost(self, accounts: list[Account]) -> None:
        settings = EnergySettings()
        ledger = ledger_of(Reading(tuple(accounts), {}), Slots(0, 60, SLOTS), settings)
        used = sum(float(one.gpu_joules.sum() + one.cpu_joules.sum()) for one in accounts)
        estimated = sum(float((one.cpu_joules * one.estimated).sum()) for one in accounts)
        assert sum(one.joules for one in ledger.rows) == pytest.approx(used)
        assert sum(one.joules for one in ledger.services) == pytest.approx(used)
        assert sum(one.estimated_joules for one in ledger.services) == pytest.approx(estimated)
        assert sum(one.calls for one in ledger.rows) == pytest.approx(sum(float(one.calls.sum()) for one in accounts))

    def test_answers_that_name_no_maker_are_of_the_version_in_service(self) -> None:
        calls = np.array([1.0, 1.0, 0.0, 1.0])
        none = np.zeros(SLOTS)
        account = Account(
            "", "pricing", calls, none, none, none, none > 0, {}, ("pricing/1", "pricing/2", "pricing/2", "")
        )
        told = {maker: share.tolist() for maker, share in shares(account).items()}
        assert told["pricing/1", ""] == [1, 0, 0, 0]
        assert told["pricing/2", ""] == [0, 1, 0, 0]
        assert told["", ""] == [0, 0, 0, 1]


class TestUnits:
    def test_a_kilowatt_hour_emits_what_the_grid_emits(self) -> None:
        account = Account("", "search", np.ones(1), np.array([3.6e6]), np.zeros(1), np.zeros(1), np.zeros(1) > 0)
        (row,) = ledger_of(Reading((account,), {}), Slots(0, 60, 1), EnergySettings(grams_per_kwh=100.0)).rows
        assert row.grams_co2e == pytest.approx(100.0)
        assert row.joules_per_1000_calls == pytest.approx(3.6e9)

    @pytest.mark.parametrize(("step_s", "count"), [(60, 0), (60, 11_000), (0, 5)])
    def test_slots_that_cannot_be_are_refused(self, step_s: int, count: int) -> None:
        with pytest.raises(EnergyError):
            Slots(0, step_s, count)

    def test_slots_end_at_the_end(self) -> None:
        slots = Slots.between(10, 205, 60)
        assert (slots.start, slots.end, slots.count) == (25, 205, 3)
