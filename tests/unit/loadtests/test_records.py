import random
from typing import Any

import pytest

from loadtests.records import ACCEPTED, DUPLICATE, FAULTS, SHAPES, Act, Parcel, Source, wrong
from merx_core.contracts.intake import Status

ACT = Act("run-1", "view_item", "device-7", "1042", 1299, "2026-11-24T09:30:00Z")


@pytest.fixture
def source() -> Source:
    return Source("run", random.Random(7))


def answer(*verdicts: str) -> dict[str, Any]:
    refused = {"status": Status.REJECTED}
    return {"verdicts": [{"status": each} if each in set(Status) else {**refused, "code": each} for each in verdicts]}


class TestSource:
    def test_ids_are_never_used_twice(self, source: Source) -> None:
        bodies = [source.one().body for _ in range(200)]
        named = [body["message_id"] for body in bodies if isinstance(body, dict) and "message_id" in body]
        assert len(named) == len(set(named)) > 0

    def test_one_in_four_batches_holds_every_shape(self, source: Source) -> None:
        kinds = [type(source.several(20).body) for _ in range(8)]
        assert kinds.count(list) == 2
        assert len(SHAPES) == 4

    def test_one_record_of_a_bad_batch_is_bad(self, source: Source) -> None:
        for _ in range(40):
            verdicts = source.several(20, bad=True).verdicts
            assert len(verdicts) == 20
            assert verdicts.count(ACCEPTED) == 19

    @pytest.mark.parametrize("rule", FAULTS)
    def test_a_fault_changes_the_record(self, rule: str) -> None:
        good = SHAPES[0](ACT)
        assert FAULTS[rule](good) != good


class TestWrong:
    def test_the_verdicts_that_are_due_are_right(self) -> None:
        assert wrong(Parcel([], (ACCEPTED, "bad_time")), 200, answer(ACCEPTED, "bad_time")) == ""

    def test_another_rule_is_wrong(self) -> None:
        found = wrong(Parcel([], (ACCEPTED, "bad_time")), 200, answer(ACCEPTED, "no_shopper"))
        assert found == "verdict no_shopper, not bad_time"

    def test_a_verdict_too_few_is_wrong(self) -> None:
        assert wrong(Parcel([], (ACCEPTED, ACCEPTED)), 200, answer(ACCEPTED)) == "1 verdicts for 2 records"

    def test_a_bare_bad_record_is_refused_as_a_whole(self) -> None:
        parcel = Parcel({}, ("bad_time",), bare=True)
        assert wrong(parcel, 422, {"code": "record_refused"}) == ""
        assert wrong(parcel, 422, {"code": "too_many_records"}) != ""
        assert wrong(parcel, 200, answer(ACCEPTED)) != ""

    def test_a_failed_request_is_wrong(self) -> None:
        assert (
            wrong(Parcel({}, (ACCEPTED,), bare=True), 503, {"code": "log_unavailable"}) == "status 503: log_unavailable"
        )

    def test_what_comes_again_is_a_duplicate_and_what_was_bad_stays_bad(self) -> None:
        again = Parcel([], (ACCEPTED, "bad_time")).again()
        assert wrong(again, 200, answer(DUPLICATE, "bad_time")) == ""
        assert wrong(again, 200, answer(ACCEPTED, "bad_time")) == "verdict accepted, not duplicate"
