"""Named rules over a batch of rows, checked by pandera; a row is dropped under the first rule that it breaks."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pandera

from merx_kit.importers.report import EXAMPLES, Section

Example = Callable[["pd.Series[Any]"], object]
"""What a report shows of a dropped row."""


class RowRule(NamedTuple):
    """A rule's name, the column that it looks at, and which of the column's values keep their row."""

    name: str
    column: str
    keeps: "Callable[[pd.Series[Any]], Any]"


def schema_of(rules: Sequence[RowRule]) -> pandera.DataFrameSchema:
    columns: dict[str, list[pandera.Check]] = {}
    for rule in rules:
        # Missing values are for the rules to judge: pandera would pass over them.
        check = pandera.Check(rule.keeps, error=rule.name, ignore_na=False)
        columns.setdefault(rule.column, []).append(check)
    return pandera.DataFrameSchema(
        {name: pandera.Column(checks=checks, nullable=True) for name, checks in columns.items()}
    )


def keep_valid(frame: pd.DataFrame, rules: Sequence[RowRule], section: Section, example: Example) -> pd.DataFrame:
    """The rows that keep every rule; the others are counted in `section` under the first that they break.

    `frame` has a plain index from 0. Counts drops only: rows in and out are the caller's.
    """
    if frame.empty:
        return frame
    try:
        schema_of(rules).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return frame
    order = {rule.name: place for place, rule in enumerate(rules)}
    broken = np.full(len(frame), len(rules), dtype=np.int64)
    places = cases["check"].map(order).to_numpy(dtype=np.int64)
    np.minimum.at(broken, cases["index"].to_numpy(dtype=np.int64), places)
    for place, rule in enumerate(rules):
        rows = np.flatnonzero(broken == place)
        if len(rows):
            section.drop(rule.name, [example(frame.iloc[row]) for row in rows[:EXAMPLES]], count=len(rows))
    kept: pd.DataFrame = frame.loc[broken == len(rules)].reset_index(drop=True)
    return kept
