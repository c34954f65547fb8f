import math
from types import SimpleNamespace

import pytest

from loadtests.gates import Gate
from loadtests.growth import addresses, growth, resident


class TestGrowth:
    def test_warming_up_is_not_growth(self) -> None:
        assert growth([10.0] * 20 + [100.0] * 80) == 0.0

    def test_late_is_over_early(self) -> None:
        assert growth([100.0] * 50 + [120.0] * 50) == pytest.approx(0.2)

    def test_nothing_seen_holds_no_gate(self) -> None:
        assert math.isnan(growth([1.0] * 9))
        assert not Gate("memory grown", growth([1.0] * 9), 0.1).held


class TestResident:
    def test_it_is_read_from_the_metrics(self) -> None:
        text = "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 1.5e+08\nup 1\n"
        assert resident(text) == 1.5e8

    def test_metrics_without_it_are_refused(self) -> None:
        with pytest.raises(ValueError, match="process_resident_memory_bytes"):
            resident("up 1\n")


class TestAddresses:
    def test_the_services_beside_the_host_are_watched_too(self) -> None:
        asked = SimpleNamespace(search="http://s/search", intake="http://i", p99_ms=1.0)
        assert addresses("http://r", asked) == ["http://r", "http://s/search", "http://i"]
