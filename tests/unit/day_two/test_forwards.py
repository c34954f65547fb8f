"""A port-forward that ends with its pod is started anew, and knows when it led nowhere."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.day_two.commands import Release, program
from deploy.day_two.forwards import UNNOTICED_S, Forward
from deploy.day_two.patience import StepFailed
from tests.unit.day_two.programs import Programs


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def forward(programs: Programs) -> Iterator[Forward]:
    words = Release("shop").forward("intake", 4711)
    kept = Forward([program(words[0]), *words[1:]]).start()
    yield kept
    kept.stop()


class TestForward:
    def test_reaches_the_service_by_the_port_that_was_named(self, forward: Forward, programs: Programs) -> None:
        forward.wait(30)
        line = "port-forward service/shop-intake --namespace merx --address=127.0.0.1 4711:8007"
        assert programs.calls == [f"kubectl {line}"]

    def test_is_started_anew_when_its_pod_goes(self, forward: Forward, programs: Programs) -> None:
        forward.wait(30)
        (programs.folder / "gone").touch()
        until(lambda: len(programs.calls) == 2)
        forward.wait(30)
        until(lambda: forward.times_away == 1)

    def test_knows_when_it_led_nowhere(self, forward: Forward, programs: Programs) -> None:
        forward.wait(30)
        up = time.monotonic()
        assert not forward.was_away(up + UNNOTICED_S, up + UNNOTICED_S)
        (programs.folder / "gone").touch()
        until(lambda: forward.times_away == 1)
        back = time.monotonic()
        assert forward.was_away(up, back)
        assert not forward.was_away(back, back)

    def test_says_what_kubectl_says_where_it_does_not_come_up(self, programs: Programs) -> None:
        programs.refuses("port-forward")
        kept = Forward([program("kubectl"), "port-forward", "service/none"]).start()
        try:
            until(lambda: len(programs.calls) >= 2)
            with pytest.raises(StepFailed, match="no: port-forward"):
                kept.wait(0.01)
        finally:
            kept.stop()

    def test_leaves_no_process(self, forward: Forward, programs: Programs, tmp_path: Path) -> None:
        forward.wait(30)
        forward.stop()
        ours = str(programs.folder / "kubectl").encode()
        left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if ours in read(path)]
        assert left == []


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
