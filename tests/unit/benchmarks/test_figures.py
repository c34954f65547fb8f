from benchmarks.figures import goals, number, pages, row_line


class TestFigures:
    def test_the_pages_show_the_committed_results(self) -> None:
        for page, text in pages().items():
            assert page.read_text() == text, "make figures"

    def test_what_has_no_goal_stands_on_the_page_of_all_figures_alone(self) -> None:
        row = {"claim": "c", "unit": "u", "merx": 1.0, "spread": [1, 1], "peers": {}, "goal": None, "met": None}
        aimed = {**row, "claim": "aimed", "goal": 2.0, "met": False}
        assert goals([{"area": "a", "rows": [row, aimed]}]).splitlines()[2:] == [row_line("a", aimed)]

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
