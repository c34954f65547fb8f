from benchmarks.figures import everything, number, pages, row_line, summary


class TestFigures:
    def test_the_pages_show_the_committed_results(self) -> None:
        for page, text in pages().items():
            assert page.read_text() == text, "make figures"

    def test_an_area_is_a_line_with_its_first_goal_and_how_many_it_met(self) -> None:
        row = {"claim": "c", "unit": "u", "merx": 1.0, "spread": [1, 1], "peers": {}, "goal": None, "met": None}
        first, second = {**row, "claim": "aimed", "goal": 2.0, "met": True}, {**row, "goal": 2.0, "met": False}
        areas = [{"area": "a", "rows": [row, first, second]}, {"area": "b", "rows": [first]}]
        assert summary(areas).splitlines()[2:] == [
            f"{row_line('a', first)} **1 of 2** |",
            f"{row_line('b', first)} all 1 |",
        ]

    def test_missed_goals_come_first_on_the_page_of_all_figures(self) -> None:
        row = {"claim": "c", "unit": "u", "merx": 1.0, "spread": [1, 1], "peers": {}, "goal": None, "met": None}
        missed = {**row, "claim": "aimed", "goal": 2.0, "met": False}
        document = {"area": "a", "rows": [row, missed], "date": "d", "machine": {"cpu": "c", "load": 1}}
        told = everything([document])
        before, _, after = told.partition("## All")
        assert row_line("a", missed) in before
        assert row_line("a", row) not in before
        assert row_line("a", missed) in after
        assert row_line("a", row) in after

    def test_a_missed_goal_is_called_missed(self) -> None:
        row = {
            "claim": "c",
            "unit": "u",
            "merx": 1.0,
            "spread": [0.5, 1.5],
            "peers": {"p": 2.0},
            "goal": 3.0,
            "met": False,
        }
        assert row_line("area", row) == "| `area` | c | u | 1 (0.5 to 1.5) | p 2 | 3, missed |"

    def test_a_row_without_a_goal_has_no_verdict(self) -> None:
        row = {"claim": "c", "unit": "u", "merx": 1.0, "spread": [1, 1], "peers": {}, "goal": None, "met": None}
        assert row_line("area", row).endswith("| - | - |")

    def test_large_numbers_are_read_in_thousands(self) -> None:
        assert number(12345.6) == "12,346"
        assert number(0.061789) == "0.06179"
