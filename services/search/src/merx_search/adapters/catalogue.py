"""Records of the log as changes of an index."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import structlog

from merx_core.catalogue import Product
from merx_core.events import RecordType, StockLevel
from merx_kit.eventlog import Columns
from merx_models.search_index import SearchIndex, text_of
from merx_search.domain import Floats
from merx_search.metrics import CHANGED, PRODUCTS, UNREADABLE

log = structlog.get_logger(__name__)

CATALOGUE = (RecordType.PRODUCT_UPSERTED, RecordType.PRODUCT_DELETED, RecordType.STOCK_LEVEL)
PIECE = 64
"""Products that are encoded and put in together: a search waits for a piece at most."""


class _Named(msgspec.Struct):
    product_id: str


_PRODUCT = msgspec.json.Decoder(Product)
_STOCK = msgspec.json.Decoder(StockLevel)
_NAMED = msgspec.json.Decoder(_Named)

Change = Product | StockLevel | str
"""A product as it is now, another stock level, or the id of a product that is gone."""


def take(index: SearchIndex, columns: Columns, encode: Callable[[Sequence[str]], Floats]) -> None:
    """Takes records into the index, in their order. The same records again change nothing."""
    waiting: dict[str, Product] = {}
    for change in changes_of(columns):
        if isinstance(change, Product):
            waiting[change.product_id] = change
            if len(waiting) == PIECE:
                _put(index, waiting, encode)
            continue
        product_id = change if isinstance(change, str) else change.product_id
        if product_id in waiting:
            _put(index, waiting, encode)
        if isinstance(change, str):
            index.delete([change])
            CHANGED.labels("deleted").inc()
        else:
            index.restock(change.product_id, in_stock=change.sellable, stock=change.stock)
            CHANGED.labels("stock").inc()
    _put(index, waiting, encode)
    PRODUCTS.set(len(index.cards))


def _put(index: SearchIndex, waiting: dict[str, Product], encode: Callable[[Sequence[str]], Floats]) -> None:
    if waiting:
        products = list(waiting.values())
        index.upsert(products, encode([text_of(product) for product in products]))
        CHANGED.labels("upserted").inc(len(products))
        waiting.clear()


def changes_of(columns: Columns) -> Iterator[Change]:
    """What the records say; those that this version cannot read are counted and passed over."""
    for offset, kind, subject, data in zip(columns.offsets, columns.types, columns.subjects, columns.data, strict=True):
        try:
            if kind == RecordType.PRODUCT_UPSERTED:
                yield _PRODUCT.decode(data)
            elif kind == RecordType.PRODUCT_DELETED:
                yield subject or _NAMED.decode(data).product_id
            elif kind == RecordType.STOCK_LEVEL:
                yield _STOCK.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            UNREADABLE.inc()
            log.warning("record_unreadable", offset=offset, type=kind, detail=str(error))
