import threading
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from merx_kit.registry import ModelRefused, ModelSlot, ModelVersion, SlotSettings
from tests.unit.kit.registry_fakes import InMemoryRegistry


@pytest.fixture
def registry(tmp_path: Path) -> InMemoryRegistry:
    return InMemoryRegistry(tmp_path)


def read(folder: Path) -> str:
    text = (folder / "model.txt").read_text()
    if text == "unloadable":
        raise RuntimeError("this loader gives up")
    return text


def golden(model: str, folder: Path) -> None:
    if model == "wrong":
        raise ModelRefused("answers 2, not 1")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def slot_on(
    registry: InMemoryRegistry, folder: Path, *, name: str = "recommendation", clock: Clock | None = None
) -> ModelSlot[str]:
    settings = SlotSettings(name=name, folder=folder, contracts=frozenset({"known", "before"}), poll_s=0.01)
    return ModelSlot(settings, registry, load=read, check=golden, clock=clock or Clock())


def in_service(slot: ModelSlot[str]) -> str | None:
    return slot.current.model if slot.current else None


class TestFollowingTheAlias:
    def test_before_the_first_model_it_is_empty_and_says_so(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        assert not slot.refresh()
        assert slot.current is None
        assert slot.degraded == ("model_missing",)

    def test_it_loads_what_the_alias_stands_for(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        version = registry.add("recommendation", "one")
        slot = slot_on(registry, tmp_path / "lastgood")
        assert slot.refresh()
        assert in_service(slot) == "one"
        assert slot.current is not None
        assert slot.current.version == version
        assert slot.degraded == ()

    def test_it_swaps_when_the_alias_moves_and_downloads_each_version_once(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        registry.add("recommendation", "one")
        slot.refresh()
        slot.refresh()
        registry.add("recommendation", "two")
        slot.refresh()
        assert in_service(slot) == "two"
        assert registry.fetches == 2

    def test_the_contract_before_is_still_served(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        registry.add("recommendation", "one", contract="before")
        slot = slot_on(registry, tmp_path / "lastgood")
        assert slot.refresh()

    def test_only_this_version_and_the_one_before_stay_on_disk(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        for text in ("one", "two", "three"):
            registry.add("recommendation", text)
            slot.refresh()
        assert sorted(path.name for path in (tmp_path / "lastgood/recommendation").glob("v*")) == ["v2", "v3"]

    def test_a_start_has_looked_once_and_the_thread_follows_until_the_stop(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        registry.add("recommendation", "one")
        swapped = threading.Event()
        settings = SlotSettings("recommendation", tmp_path / "lastgood", frozenset({"known"}), poll_s=0.01)

        def note(text: str, _: Path) -> None:
            if text == "two":
                swapped.set()

        slot = ModelSlot(settings, registry, load=read, check=note)
        slot.start()
        assert in_service(slot) == "one"
        registry.add("recommendation", "two")
        assert swapped.wait(10)
        slot.stop()
        assert not any(thread.name == "model-recommendation" for thread in threading.enumerate())

    def test_a_registry_that_hangs_does_not_hold_a_start_up(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        registry.add("recommendation", "one")
        slot_on(registry, tmp_path / "lastgood").refresh()
        answers = threading.Event()

        class Hanging(InMemoryRegistry):
            def resolve(self, name: str, alias: str) -> ModelVersion:
                answers.wait(10)
                return super().resolve(name, alias)

        settings = SlotSettings("recommendation", tmp_path / "lastgood", frozenset({"known"}), first_look_s=0.01)
        slot = ModelSlot(settings, Hanging(tmp_path / "hanging"), load=read)
        slot.start()
        assert in_service(slot) == "one"
        answers.set()
        slot.stop()


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "contract", "reason"),
        [
            ("wrong", "known", "model_refused"),
            ("unloadable", "known", "model_refused"),
            ("fine", "unheard of", "model_contract_unknown"),
        ],
    )
    def test_a_bad_model_never_serves_and_the_one_before_stays(
        self, registry: InMemoryRegistry, tmp_path: Path, text: str, contract: str, reason: str
    ) -> None:
        slot = slot_on(registry, tmp_path / "lastgood", name=f"bad-{text}")
        registry.add(f"bad-{text}", "good")
        slot.refresh()
        registry.add(f"bad-{text}", text, contract=contract)
        assert not slot.refresh()
        assert in_service(slot) == "good"
        assert slot.degraded == (reason,)
        labels = {"model": f"bad-{text}", "reason": reason}
        assert REGISTRY.get_sample_value("merx_model_refused_total", labels) == 1
        assert REGISTRY.get_sample_value("merx_model_degraded", labels) == 1

    def test_a_damaged_file_is_refused(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        registry.add("recommendation", "good")
        slot.refresh()
        damaged = registry.add("recommendation", "better")
        registry.stored_file(damaged, "model.txt").write_text("bettor")
        assert not slot.refresh()
        assert in_service(slot) == "good"
        assert slot.degraded == ("model_damaged",)

    def test_an_unknown_contract_is_refused_before_its_files_travel(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        registry.add("recommendation", "fine", contract="unheard of")
        slot_on(registry, tmp_path / "lastgood").refresh()
        assert registry.fetches == 0

    def test_a_refused_version_is_tried_again_only_after_a_while(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        clock = Clock()
        slot = slot_on(registry, tmp_path / "lastgood", clock=clock)
        registry.add("recommendation", "wrong")
        slot.refresh()
        slot.refresh()
        assert registry.fetches == 1
        assert slot.degraded == ("model_refused",)
        clock.now = 301.0
        slot.refresh()
        assert registry.fetches == 2

    def test_the_next_version_clears_the_reason(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        registry.add("recommendation", "wrong")
        slot.refresh()
        registry.add("recommendation", "right")
        assert slot.refresh()
        assert slot.degraded == ()


class TestRegistryAway:
    def test_the_model_in_service_stays(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        slot = slot_on(registry, tmp_path / "lastgood")
        registry.add("recommendation", "one")
        slot.refresh()
        registry.away = True
        assert not slot.refresh()
        assert in_service(slot) == "one"
        assert slot.degraded == ("registry_unavailable",)

    def test_a_new_process_starts_from_the_last_good_version(self, registry: InMemoryRegistry, tmp_path: Path) -> None:
        version = registry.add("recommendation", "one")
        slot_on(registry, tmp_path / "lastgood").refresh()
        registry.away = True
        restarted = slot_on(registry, tmp_path / "lastgood")
        assert restarted.restore()
        restarted.refresh()
        assert in_service(restarted) == "one"
        assert restarted.current is not None
        assert restarted.current.version == version
        assert restarted.degraded == ("registry_unavailable",)

    def test_a_last_good_version_that_rotted_on_disk_is_not_served(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        registry.add("recommendation", "one")
        slot_on(registry, tmp_path / "lastgood").refresh()
        (tmp_path / "lastgood/recommendation/v1/model.txt").write_text("0ne")
        restarted = slot_on(registry, tmp_path / "lastgood")
        assert not restarted.restore()
        assert restarted.degraded == ("model_damaged",)
        assert restarted.refresh(), "the registry has an intact copy"
        assert in_service(restarted) == "one"

    def test_an_unreadable_record_of_the_last_good_version_is_no_reason_to_die(
        self, registry: InMemoryRegistry, tmp_path: Path
    ) -> None:
        (tmp_path / "lastgood/recommendation").mkdir(parents=True)
        (tmp_path / "lastgood/recommendation/lastgood.json").write_text("{")
        registry.add("recommendation", "one")
        slot = slot_on(registry, tmp_path / "lastgood")
        assert not slot.restore()
        assert slot.refresh()
