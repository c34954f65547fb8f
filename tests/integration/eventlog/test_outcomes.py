"""What an append says of each record, and what it remembers of those it knows."""

import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merx_core.events import CloudEvent
from merx_kit.eventlog import EventLog, Outcome
from tests.integration.eventlog.records import record

RUNS = itertools.count()
"""Examples share a log."""
NEW, KNOWN, CONFLICT = Outcome.NEW, Outcome.KNOWN, Outcome.CONFLICT


def saying(name: str, word: str) -> CloudEvent:
    return msgspec.structs.replace(record(name), data=msgspec.Raw(msgspec.json.encode({"word": word})))


class TestOutcomes:
    def test_every_record_given_has_one_in_its_place(self, log: EventLog) -> None:
        assert log.append([record("a"), record("b")]).outcomes == (NEW, NEW)
        mixed = log.append([record("c"), record("a"), record("d"), record("b"), record("c")])
        assert mixed.outcomes == (NEW, KNOWN, NEW, KNOWN, KNOWN)
        assert (len(mixed.offsets), mixed.duplicates) == (2, 3)

    def test_another_body_under_a_known_id_is_a_conflict_and_changes_nothing(self, log: EventLog) -> None:
        log.append([saying("a", "first")])
        result = log.append([saying("a", "second"), saying("a", "first"), saying("b", "x"), saying("b", "y")])
        assert result.outcomes == (CONFLICT, KNOWN, NEW, CONFLICT)
        assert [bytes(one.record.data) for one in log.read(0, 9)] == [b'{"word":"first"}', b'{"word":"x"}']

    def test_ids_that_only_look_alike_when_joined_are_two(self, log: EventLog) -> None:
        pair = [record("bc", source="a"), record("c", source="ab")]
        assert log.append(pair).outcomes == (NEW, NEW)

    def test_more_known_ones_than_one_question_may_name(self, log: EventLog) -> None:
        many = [record(f"r{number}") for number in range(1_203)]
        log.append(many)
        assert log.append([*many, record("one more")]).outcomes == (*[KNOWN] * len(many), NEW)

    def test_moments_of_recording_never_fall(self, log: EventLog) -> None:
        for number in range(30):
            log.append([record(f"r{number}")])
        moments = [stored.recorded_at for stored in log.read(0, 100)]
        assert moments == sorted(moments)


class TestAnyOrderAnySplit:
    @pytest.mark.timeout(120)
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_the_log_holds_each_id_once_with_its_first_body(self, log: EventLog, data: st.DataObject) -> None:
        run = next(RUNS)
        names = data.draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=12))
        words = {name: data.draw(st.sampled_from(["one", "two"])) for name in set(names)}
        sent = [saying(f"{run}-{name}", data.draw(st.sampled_from([words[name], "other"]))) for name in names]
        cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=3)))
        first: dict[str, bytes] = {}
        for one in sent:
            first.setdefault(one.id, bytes(one.data))
        told: list[Outcome] = []
        head = log.head()
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            told += log.append(sent[start:end]).outcomes
        assert {one.record.id: bytes(one.record.data) for one in log.read(head, 100)} == first
        assert told.count(NEW) == len(first)
        for one, outcome in zip(sent, told, strict=True):
            assert (outcome is CONFLICT) == (bytes(one.data) != first[one.id])
