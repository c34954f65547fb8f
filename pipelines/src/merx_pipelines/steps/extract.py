"""The event log as the two tables that every other step reads."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from merx_kit.settings import MerxSettings

INTERACTIONS, CATALOGUE, WINDOW = "interactions.parquet", "catalogue.parquet", "window.json"
EMPTY, ASKED, RIVALS = "empty_shelves.parquet", "asked_prices.parquet", "rival_prices.parquet"
SHELVES = (EMPTY, ASKED, RIVALS)


class NothingToLearnFrom(ValueError):
    """The log holds no purchases, or no products."""


@dataclass(frozen=True)
class Window:
    """What a run was made from: first and last moment (ISO 8601), the log's head, and counts."""

    start: str
    end: str
    head: int
    interactions: int
    products: int
    shoppers: int

    @classmethod
    def read(cls, folder: Path) -> "Window":
        return cls(**json.loads((folder / WINDOW).read_text()))


def run(out: Path, *, settings: MerxSettings | None = None) -> Window:
    """Writes interactions.parquet, catalogue.parquet, what stood on the shelves (SHELVES) and window.json, from the
    archive and the log behind it. Raises NothingToLearnFrom.
    """
    from merx_kit.eventlog import EventLog
    from merx_kit.eventlog.maintenance import archive_of
    from merx_kit.eventlog.shelves import read_shelves
    from merx_kit.eventlog.tables import read_catalogue, read_interactions

    used = settings or MerxSettings.load()
    archive = archive_of(used)
    with EventLog(used.database_url) as log:
        head = log.head()
        lines, products = read_interactions(log, archive), read_catalogue(log, archive)
        shelves = read_shelves(log, archive)
    if lines.empty or products.empty:
        raise NothingToLearnFrom(f"the event log holds {len(lines)} interactions and {len(products)} products")
    out.mkdir(parents=True, exist_ok=True)
    lines.to_parquet(out / INTERACTIONS, index=False)
    products.to_parquet(out / CATALOGUE, index=False)
    for name, table in zip(SHELVES, shelves, strict=True):
        table.to_parquet(out / name, index=False)
    window = Window(
        start=lines["time"].iloc[0].isoformat(),
        end=lines["time"].iloc[-1].isoformat(),
        head=head,
        interactions=len(lines),
        products=len(products),
        shoppers=int(lines["profile_id"].nunique()),
    )
    (out / WINDOW).write_text(json.dumps(asdict(window), indent=1))
    return window
