import random

import pytest

from loadtests.watch import Frame, Watch, frame, products

CHANCE = random.Random(7)


@pytest.fixture
def watch() -> Watch:
    """With a list on its stream."""
    watch = Watch("42", given_up_s=5.0)
    assert watch.take(("mug", "cup"), 0.0) is None
    return watch


class TestFrames:
    def test_a_list_has_an_id_and_data(self) -> None:
        assert frame(b"id: 5f\nevent: list\ndata: {}\n") == Frame("5f", "list", "{}")

    def test_a_comment_has_no_field(self) -> None:
        assert frame(b": still here\n") == Frame()

    def test_a_farewell_says_when_to_come_back(self) -> None:
        assert frame(b"retry: 1000\n").retry == "1000"

    def test_a_list_is_its_products_in_their_order(self) -> None:
        assert products('{"items": [{"product_id": "b"}, {"product_id": "a", "reasons": []}]}') == ("b", "a")

    def test_anything_else_is_no_list(self) -> None:
        with pytest.raises((ValueError, KeyError, TypeError)):
            products('{"detail": "no"}')


class TestWatch:
    def test_time_counts_from_the_acknowledgement_to_the_next_list(self, watch: Watch) -> None:
        assert watch.click(CHANCE, 1.0) in {"mug", "cup"}
        assert watch.acknowledged(1.5) is None
        assert watch.take(("plate",), 1.75) == 0.25
        assert not watch.waits

    def test_a_list_before_the_acknowledgement_took_no_time(self, watch: Watch) -> None:
        watch.click(CHANCE, 1.0)
        assert watch.take(("plate",), 1.1) is None
        assert watch.acknowledged(1.2) == 0.0
        assert not watch.waits

    def test_a_list_that_no_click_waits_for_answers_none(self, watch: Watch) -> None:
        assert watch.take(("plate",), 1.0) is None
        watch.click(CHANCE, 2.0)
        assert watch.acknowledged(2.1) is None

    def test_one_click_waits_at_a_time(self, watch: Watch) -> None:
        watch.click(CHANCE, 1.0)
        assert watch.click(CHANCE, 1.1) == ""

    def test_a_product_is_clicked_again_when_all_were(self, watch: Watch) -> None:
        clicked = []
        for number in range(3):
            clicked.append(watch.click(CHANCE, number))
            watch.forget()
        assert set(clicked[:2]) == {"mug", "cup"}
        assert clicked[2] in {"mug", "cup"}

    def test_a_click_without_a_list_is_overdue_after_a_while(self, watch: Watch) -> None:
        assert not watch.overdue(100.0)
        watch.click(CHANCE, 1.0)
        assert not watch.overdue(6.0)
        assert watch.overdue(6.1)

    def test_a_stream_without_a_list_is_not_clicked(self) -> None:
        assert Watch("42").click(CHANCE, 1.0) == ""
