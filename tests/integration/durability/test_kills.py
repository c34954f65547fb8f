"""A few kills of the benchmark `durability`, which has 50 and 200: nothing acknowledged is lost or doubled."""

from pathlib import Path

from benchmarks.durability import Phase, kill_intake, kill_postgres
from benchmarks.killed_servers import KilledPostgres


def assert_whole(phase: Phase, kills: int) -> None:
    assert all(phase.cut), "events were under way at every kill"
    assert len(phase.away_s) == kills
    assert phase.sent.acknowledged
    assert (phase.lost, phase.twice, phase.sent.wrong) == (0, 0, [])


class TestKilled:
    def test_postgres_keeps_every_acknowledged_event_once(self, tmp_path: Path) -> None:
        with KilledPostgres() as server:
            assert_whole(kill_postgres(2, server, tmp_path), 2)

    def test_intake_keeps_every_acknowledged_event_once(self, tmp_path: Path) -> None:
        assert_whole(kill_intake(2, f"sqlite:///{tmp_path}/events.db", tmp_path), 2)
