"""How often one caller may ask."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_kit.errors import RateLimited
from merx_kit.http import rates
from merx_kit.http.api_keys import ApiKeys, KeyFile, new_key
from merx_kit.http.context import Principal, Rate
from merx_kit.http.rates import RateLimits
from merx_kit.settings import SettingsError
from tests.unit.kit.shop_api import Shop, client, shop_api

SHOP = Principal("shop", frozenset({"*"}))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(limits: RateLimits, caller: Principal = SHOP) -> bool:
    try:
        limits.take(caller)
    except RateLimited:
        return False
    return True


class TestRateLimits:
    def test_a_burst_passes_and_then_the_rate_holds(self) -> None:
        clock = Clock()
        limits = RateLimits(Rate(2.0, 3), clock=clock)
        assert [taken(limits) for _ in range(5)] == [True, True, True, False, False]
        clock.now += 0.5
        assert [taken(limits) for _ in range(2)] == [True, False]
        clock.now += 60.0
        assert [taken(limits) for _ in range(4)] == [True, True, True, False]

    def test_it_says_when_the_next_one_is_free(self) -> None:
        clock = Clock()
        limits = RateLimits(Rate(0.25, 1), clock=clock)
        limits.take(SHOP)
        with pytest.raises(RateLimited) as refused:
            limits.take(SHOP)
        assert refused.value.headers == {"retry-after": "4"}
        clock.now += 4.0
        assert taken(limits)

    def test_one_caller_does_not_use_up_what_another_has(self) -> None:
        limits = RateLimits(Rate(1.0, 1), clock=Clock())
        assert taken(limits)
        assert taken(limits, Principal("other", frozenset()))

    def test_what_credentials_say_wins(self) -> None:
        limits = RateLimits(Rate(1.0, 1), clock=Clock())
        fast = Principal("fast", frozenset(), Rate(100.0, 50))
        assert [taken(limits, fast) for _ in range(50)] == [True] * 50
        assert not taken(limits, fast)

    def test_no_rate_is_no_limit(self) -> None:
        limits = RateLimits(None, clock=Clock())
        assert all(taken(limits) for _ in range(1_000))

    def test_callers_who_have_all_of_their_burst_again_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rates, "REMEMBERED", 10)
        clock = Clock()
        limits = RateLimits(Rate(1.0, 1), clock=clock)
        for number in range(10):
            limits.take(Principal(str(number), frozenset()))
        clock.now += 0.5
        limits.take(SHOP)
        clock.now += 0.6
        limits.take(Principal("last", frozenset()))
        assert set(limits._due) == {"shop", "last"}
        assert not taken(limits, Principal("last", frozenset()))

    @given(gaps=st.lists(st.floats(0.0, 3.0), max_size=60), per_s=st.floats(0.1, 50.0), burst=st.integers(1, 10))
    def test_whatever_the_gaps_no_more_pass_than_the_rate_allows(
        self, gaps: list[float], per_s: float, burst: int
    ) -> None:
        clock = Clock()
        limits, passed = RateLimits(Rate(per_s, burst), clock=clock), 0
        for gap in gaps:
            clock.now += gap
            passed += taken(limits)
        assert passed <= burst + per_s * (sum(gaps) + 1e-3)


class TestRate:
    @pytest.mark.parametrize(("per_s", "burst"), [(0.0, 1), (-1.0, 1), (float("inf"), 1), (float("nan"), 1), (1.0, 0)])
    def test_what_allows_nothing_or_everything_is_refused(self, per_s: float, burst: int) -> None:
        with pytest.raises(ValueError, match="above 0"):
            Rate(per_s, burst)


class TestOverHttp:
    async def test_too_fast_a_caller_is_told_so_and_platform_endpoints_are_open(self, tmp_path: Path) -> None:
        key, record = new_key("shop", ("*",))
        other, slow = new_key("slow", ("*",))
        slow = msgspec.structs.replace(slow, rate_per_s=0.001, rate_burst=1)
        (tmp_path / "keys.json").write_bytes(msgspec.json.encode(KeyFile((record, slow))))
        api = shop_api(Shop(), api_keys_file=tmp_path / "keys.json", rate_per_s=0.001, rate_burst=2)
        async with client(api.build()) as web:
            found = [await web.get("/v1/whoami", headers={"x-api-key": key}) for _ in range(3)]
            slower = [await web.get("/v1/whoami", headers={"x-api-key": other}) for _ in range(2)]
            alive = [await web.get("/livez") for _ in range(5)]
        assert [answer.status_code for answer in found] == [200, 200, 429]
        assert [answer.status_code for answer in slower] == [200, 429]
        assert found[2].json()["code"] == "rate_limited"
        assert int(found[2].headers["retry-after"]) >= 1
        assert {answer.status_code for answer in alive} == {200}

    async def test_without_a_setting_nobody_is_limited(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            assert {(await web.get("/v1/whoami")).status_code for _ in range(200)} == {200}

    def test_a_key_with_a_rate_of_nothing_is_refused(self, tmp_path: Path) -> None:
        _, record = new_key("shop", ())
        written = msgspec.to_builtins(record) | {"rate_per_s": 0}
        (tmp_path / "keys.json").write_bytes(msgspec.json.encode({"keys": [written]}))
        with pytest.raises(SettingsError, match="rate_per_s"):
            ApiKeys(tmp_path / "keys.json")
