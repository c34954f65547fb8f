"""One request with records of every sort, against the real service on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.intake.running import Intake, events_in

NOW = datetime.now(UTC)


def event(name: str, **changed: Any) -> dict[str, Any]:
    plain = {"message_id": name, "type": "view_item", "time": NOW.isoformat(), "customer_id": "c1"}
    return {**plain, "lines": [{"product_id": "p1"}], **changed}


class TestMixedBatch:
    def test_each_record_gets_its_verdict_in_order_and_the_log_holds_the_good_ones(self, intake: Intake) -> None:
        assert intake.send(event("known")).status_code == 200
        answer = intake.send(
            event("first"),
            event("known"),
            event("known", query="another body"),
            event("nobody", customer_id=""),
            event("ahead", time=(NOW + timedelta(days=2)).isoformat()),
            event("first"),
            event("last"),
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        verdicts = [(one["status"], one.get("id", ""), one.get("code", "")) for one in told["verdicts"]]
        assert verdicts == [
            ("accepted", "first", ""),
            ("duplicate", "known", ""),
            ("conflict", "known", "id_reused"),
            ("rejected", "nobody", "no_shopper"),
            ("rejected", "ahead", "future_time"),
            ("duplicate", "first", ""),
            ("accepted", "last", ""),
        ]
        assert {name: told[name] for name in ("accepted", "duplicates", "conflicts", "rejected")} == {
            "accepted": 2,
            "duplicates": 2,
            "conflicts": 1,
            "rejected": 2,
        }
        assert events_in(intake.database_url) == ["known", "first", "last"]
