"""What cleaning did: rows in, rows out, and each rule's drops with examples; kept as JSON and as text."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

EXAMPLES = 3
EXAMPLE_LENGTH = 200


class Rule(msgspec.Struct):
    """How many rows a rule took, and what the first of them looked like."""

    count: int = 0
    examples: list[str] = []

    def add(self, count: int, examples: Iterable[object]) -> None:
        self.count += count
        room = EXAMPLES - len(self.examples)
        self.examples += [str(example)[:EXAMPLE_LENGTH] for example, _ in zip(examples, range(room), strict=False)]


class Section(msgspec.Struct):
    """One kind of row of one source. `adjusted` rows stay in, changed as the rule says; `dropped` ones do not."""

    name: str
    rows_in: int = 0
    rows_out: int = 0
    dropped: dict[str, Rule] = {}
    adjusted: dict[str, Rule] = {}

    def drop(self, rule: str, examples: Sequence[object], count: int | None = None) -> None:
        """Counts `examples`, or `count` rows that they stand for."""
        self.dropped.setdefault(rule, Rule()).add(len(examples) if count is None else count, examples)

    def adjust(self, rule: str, examples: Sequence[object], count: int | None = None) -> None:
        size = len(examples) if count is None else count
        if size:
            self.adjusted.setdefault(rule, Rule()).add(size, examples)

    @property
    def balanced(self) -> bool:
        return self.rows_in == self.rows_out + sum(rule.count for rule in self.dropped.values())


class CleaningReport(msgspec.Struct):
    """What an import read, kept, dropped and why, and what the log made of it."""

    source: str
    created: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    settings: dict[str, str] = {}
    sections: list[Section] = []
    appended: int = 0
    already_known: int = 0

    def section(self, name: str) -> Section:
        section = Section(name)
        self.sections.append(section)
        return section

    @property
    def rows_in(self) -> int:
        return sum(section.rows_in for section in self.sections)

    @property
    def rows_out(self) -> int:
        return sum(section.rows_out for section in self.sections)

    @property
    def dropped(self) -> dict[str, int]:
        """Rows dropped per rule, over all sections."""
        totals: dict[str, int] = {}
        for section in self.sections:
            for name, rule in section.dropped.items():
                totals[name] = totals.get(name, 0) + rule.count
        return totals

    @property
    def balanced(self) -> bool:
        """Whether every row that came in is accounted for."""
        return all(section.balanced for section in self.sections)

    def to_json(self) -> bytes:
        totals = {"rows_in": self.rows_in, "rows_out": self.rows_out, "dropped": self.dropped}
        return msgspec.json.format(msgspec.json.encode({**totals, **msgspec.to_builtins(self)}))

    def to_text(self) -> str:
        lines = [f"Cleaning report: {self.source}, {self.created:%Y-%m-%d %H:%M} UTC"]
        lines += [f"  {name}: {value}" for name, value in self.settings.items()]
        for section in self.sections:
            lines.append(f"{section.name}: {section.rows_in:,} rows in, {section.rows_out:,} out")
            lines += _rule_lines("dropped", section.dropped)
            lines += _rule_lines("adjusted", section.adjusted)
        lines.append(f"Event log: {self.appended:,} records appended, {self.already_known:,} already there")
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> None:
        """Writes cleaning_report.json and cleaning_report.txt."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cleaning_report.json").write_bytes(self.to_json())
        (folder / "cleaning_report.txt").write_text(self.to_text(), encoding="utf-8")


def _rule_lines(verb: str, rules: dict[str, Rule]) -> list[str]:
    lines = []
    for name, rule in sorted(rules.items(), key=lambda item: -item[1].count):
        lines.append(f"  {verb} {rule.count:,}: {name}")
        lines += [f"    e.g. {example}" for example in rule.examples]
    return lines
