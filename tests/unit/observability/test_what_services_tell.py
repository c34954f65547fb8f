"""The metrics that rules, dashboards and the ledger rest on beyond what others already test."""

from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import REGISTRY

from merx_core.events import Exposure
from merx_kit.eventlog import EventLog, ExposureWriter, migrate
from merx_kit.http.admission import Admission
from tests.unit.kit.registry_fakes import InMemoryRegistry
from tests.unit.kit.test_slot import slot_on


def told(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


class TestModelInService:
    def test_the_version_in_service_is_told_and_the_one_before_is_not(self, tmp_path: Path) -> None:
        registry = InMemoryRegistry(tmp_path)
        slot = slot_on(registry, tmp_path / "lastgood")
        before = registry.add("recommendation", "one")
        slot.refresh()
        assert told("merx_model_in_service", model="recommendation", version=before.version) == 1
        now = registry.add("recommendation", "two")
        slot.refresh()
        assert told("merx_model_in_service", model="recommendation", version=now.version) == 1
        assert told("merx_model_in_service", model="recommendation", version=before.version) == 0


class TestExposuresByModel:
    def test_answers_are_counted_by_version_and_arm_when_the_writer_takes_them_up(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/events.db"
        migrate(url)
        made_by = [("m/1", ""), ("m/1", ""), ("m/2", "blue")]
        with EventLog(url) as log, ExposureWriter(log, interval_s=60.0) as writer:
            for number, (version, arm) in enumerate(made_by):
                moment = datetime(2026, 3, 1, tzinfo=UTC)
                writer.write(
                    Exposure(request_id=f"r{number}", time=moment, service="search", model_version=version, arm=arm)
                )
        assert told("merx_exposures_by_model_total", model_version="m/1", arm="") == 2
        assert told("merx_exposures_by_model_total", model_version="m/2", arm="blue") == 1


class TestPlaces:
    def test_the_number_of_places_is_told_beside_those_taken(self) -> None:
        Admission(max_in_flight=7, max_queued=2).publish()
        assert told("merx_http_requests_in_flight_limit") == 7
