"""What shoppers wanted of what searches showed them, and what people judged: what a fusion is learned from."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from merx_core.events import RecordType
from merx_pipelines.indexing.judgements import FILE, REPORT, Judged, read_judgements, write_judgements
from merx_pipelines.indexing.settings import IndexSettings

DAY_US = 86_400 * 1_000_000
MOST_QUERIES = 10_000
"""The queries of the most shoppers are learned from."""
Progress = Callable[[str], None]


def run(
    out: Path,
    *,
    settings: IndexSettings | None = None,
    now_us: int | None = None,
    progress: Progress = lambda _: None,
) -> int:
    """Writes judgements.jsonl and judgements.json into `out` and returns how many queries were judged. Where the file
    of INDEX_JUDGEMENTS and the log both judge a product for a query, the file stands. Holds no shopper's id.

    Raises JudgementsRefused, EventLogError.
    """
    used = settings or IndexSettings.load()
    given = {} if used.judgements is None else read_judgements(used.judgements)
    judged, report = _of_log(used, time.time_ns() // 1000 if now_us is None else now_us, progress)
    for query, grades in given.items():
        judged.setdefault(query, {}).update(grades)
    out.mkdir(parents=True, exist_ok=True)
    write_judgements(out / FILE, judged)
    (out / REPORT).write_text(json.dumps({**report, "from_file": len(given), "queries": len(judged)}))
    return len(judged)


def _of_log(settings: IndexSettings, now_us: int, progress: Progress) -> tuple[Judged, dict[str, int]]:
    """Judgements of the last `judged_days`, and what they were made of."""
    from merx_kit.eventlog import EventLog, offset_since, stream_all
    from merx_kit.eventlog.maintenance import archive_of
    from merx_pipelines.indexing.behaviour import Names, read_acts, read_shown
    from merx_pipelines.indexing.judging import Rules, judge

    names = Names()
    archive = archive_of(settings)
    with EventLog(settings.database_url) as log:
        since_us = now_us - settings.judged_days * DAY_US
        after = offset_since(log, archive, since_us)
        exposures = stream_all(log, archive, [RecordType.EXPOSURE], after=after)
        shown = read_shown(exposures, names, most=settings.judged_exposures)
        shown = shown[shown["time_us"] >= since_us]  # an archived part holds older ones too
        progress(f"{len(shown):,} products shown")
        acts = read_acts(stream_all(log, archive, [RecordType.EVENT], after=after), names)
    rules = Rules(bias=settings.position_bias, fewest_shoppers=settings.judged_shoppers)
    graded = judge(shown, acts, rules)
    report = {
        "shown": len(shown),
        "shoppers": int(shown["shopper"].nunique()),
        "acts": len(acts),
        "from_log": int(graded["query"].nunique()),
    }
    progress(f"{report['from_log']:,} queries judged")
    return _named(graded, names.queries.names(), names.products.names()), report


def _named(graded: pd.DataFrame, queries: list[str], products: list[str]) -> Judged:
    """The queries of the most shoppers; equal ones by their words."""
    many = graded.groupby("query")["shoppers"].first()
    kept = sorted(many.index.tolist(), key=lambda query: (-many[query], queries[query]))[:MOST_QUERIES]
    judged: Judged = {queries[query]: {} for query in kept}
    held = graded[graded["query"].isin(kept)]
    for query, product, grade in held[["query", "product", "grade"]].to_numpy().tolist():
        judged[queries[query]][products[product]] = grade
    return judged
