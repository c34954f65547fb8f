"""The fold of a session: what ends one, which products it holds, and that arrival and batches change nothing."""

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from merx_core.events import EventType
from merx_core.features.sessions import MAX_SESSION_PRODUCTS, SESSION_SECONDS, Session, Touch, advance, ended, is_live

NOON = 1_772_366_400_000_000
SECOND = 1_000_000
LONGEST = SESSION_SECONDS * SECOND


def touch(place: int, *products: str, kind: str = EventType.VIEW, session_id: str | None = None) -> Touch:
    return Touch(str(kind), NOON + place * SECOND, place, products, session_id)


def folded(*touches: Touch) -> Session:
    session: Session | None = None
    for one in touches:
        session = advance(session, one, one.time_us) or session
    assert session is not None
    return session


class TestProducts:
    def test_they_are_distinct_and_the_one_touched_longest_ago_comes_first(self) -> None:
        assert folded(touch(1, "a"), touch(2, "b"), touch(3, "a"), touch(4, "c")).products() == ["b", "a", "c"]

    def test_lines_of_one_event_keep_their_order(self) -> None:
        assert folded(touch(1, "z", "a"), touch(2, "m")).products() == ["z", "a", "m"]

    def test_the_latest_stay_where_there_are_many(self) -> None:
        found = folded(*(touch(place, f"p{place}") for place in range(300))).products()
        assert found == [f"p{place}" for place in range(300 - MAX_SESSION_PRODUCTS, 300)]

    def test_being_shown_a_list_and_taking_back_touch_nothing(self) -> None:
        session = folded(
            touch(1, "a", "b", kind=EventType.VIEW_LIST),
            touch(2, "c"),
            touch(3, "d", kind=EventType.REFUND),
            touch(4, "e", kind=EventType.REMOVE_FROM_CART),
        )
        assert (session.products(), session.events) == (["c"], 4)


class TestCounters:
    def test_each_kind_of_event_counts_once_however_many_lines_it_has(self) -> None:
        session = folded(
            touch(1, "a"),
            touch(2, "a", kind=EventType.ADD_TO_CART),
            touch(3, "a", "b", kind=EventType.PURCHASE, session_id="second"),
            touch(2, "c", session_id="first"),
        )
        assert (session.events, session.views, session.carts, session.purchases) == (4, 2, 1, 1)
        assert session.session_id == "second"


class TestEnd:
    def test_half_an_hour_without_an_event_ends_it(self) -> None:
        first = touch(0, "a")
        assert folded(first, touch(SESSION_SECONDS, "b")).products() == ["a", "b"]
        assert folded(first, touch(SESSION_SECONDS + 1, "b")).products() == ["b"]
        assert not ended(NOON, NOON + LONGEST)
        assert ended(NOON, NOON + LONGEST + 1)

    def test_a_new_session_id_does_not(self) -> None:
        session = folded(touch(0, "a", session_id="phone"), touch(9, "b", session_id="desk"))
        assert (session.products(), session.session_id) == (["a", "b"], "desk")

    def test_what_belongs_to_an_earlier_one_changes_nothing(self) -> None:
        session = folded(touch(2 * SESSION_SECONDS, "b"))
        assert advance(session, touch(0, "a"), NOON) is None
        assert (session.products(), session.events) == (["b"], 1)

    def test_an_event_that_comes_in_later_than_a_session_lasts_is_history(self) -> None:
        assert is_live(NOON, NOON + LONGEST)
        assert not is_live(NOON, NOON + LONGEST + 1)


touches = st.builds(
    touch,
    st.integers(0, SESSION_SECONDS),
    st.sampled_from([f"p{number}" for number in range(60)]),
    kind=st.sampled_from(list(EventType)),
    session_id=st.sampled_from([None, "one", "two"]),
)


class TestOrder:
    @given(st.lists(touches, min_size=1, max_size=150), st.integers())
    def test_the_order_of_arrival_within_a_session_changes_nothing(self, given: list[Touch], seed: int) -> None:
        each = [msgspec.structs.replace(one, offset=place) for place, one in enumerate(given)]
        shuffled = random.Random(seed).sample(each, len(each))
        one, other = folded(*each), folded(*shuffled)
        assert one.products() == other.products()
        assert (one.events, one.views, one.carts, one.session_id) == (
            other.events,
            other.views,
            other.carts,
            other.session_id,
        )

    @given(st.lists(touches, min_size=1, max_size=150), st.data())
    def test_it_can_be_stored_and_taken_up_between_any_two_events(
        self, given: list[Touch], data: st.DataObject
    ) -> None:
        cut = data.draw(st.integers(0, len(given) - 1))
        whole = folded(*given)
        part: Session | None = None
        for place, one in enumerate(given):
            if place == cut and part is not None:
                part = msgspec.msgpack.decode(msgspec.msgpack.encode(part), type=Session)
            part = advance(part, one, one.time_us) or part
        assert part == whole
