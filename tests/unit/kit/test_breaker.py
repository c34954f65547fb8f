import asyncio

import pytest
from prometheus_client import REGISTRY

from merx_kit.breaker import CircuitOpen, circuit_breakers


class TestCircuits:
    async def test_open_after_failures_in_a_row_and_close_when_the_system_is_back(self) -> None:
        breakers = circuit_breakers(threshold=2, retry_after_seconds=0.05)

        async def call(*, fails: bool) -> None:
            async with await breakers.get_breaker("redis"):
                if fails:
                    raise ConnectionError

        for _ in range(2):
            with pytest.raises(ConnectionError):
                await call(fails=True)
        with pytest.raises(CircuitOpen):
            await call(fails=False)
        assert REGISTRY.get_sample_value("merx_circuit_open", {"circuit": "redis"}) == 1.0
        await asyncio.sleep(0.06)
        await call(fails=False)
        assert REGISTRY.get_sample_value("merx_circuit_open", {"circuit": "redis"}) == 0.0

    async def test_a_success_forgets_the_failures(self) -> None:
        breakers = circuit_breakers(threshold=2)
        for fails in (True, False, True, False):
            try:
                async with await breakers.get_breaker("registry"):
                    if fails:
                        raise ConnectionError
            except ConnectionError:
                assert fails
