"""The peer of `pricing_api`: the same rows into the same tables, in the common way and without a single rule.

FastAPI, pydantic and SQLAlchemy, one transaction for each request; prices lie in memory. Tuned as well as Merx: uvloop,
httptools, no access log, garbage collector frozen after the start, write-ahead log with full synchronous commit. It has
no policy, guard-rails, reasons, decisions, auth, metrics, deadlines or admission control.
"""

import gc
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field
from sqlalchemy.engine.interfaces import DBAPIConnection

from merx_kit.eventlog import migrate
from merx_kit.settings import MerxSettings, ServiceSettings

PRICES = "prices.json"
CURRENCY, VALID = "EUR", timedelta(minutes=15)


class Settings(ServiceSettings, env_prefix="PEER_"):
    """`PEER_PORT` and, as everywhere, `MERX_HOME`, in which the file PRICES says what products cost."""


class Line(BaseModel):
    product_id: str


class QuoteRequest(BaseModel):
    lines: list[Line] = Field(min_length=1, max_length=100)


class Amount(BaseModel):
    amount: int
    currency: str


class Quote(BaseModel):
    product_id: str
    price: Amount
    current: Amount
    decided: Amount
    applied: bool
    valid_until: datetime
    decision_id: str


class QuoteResponse(BaseModel):
    request_id: str
    quotes: list[Quote]


def opened(settings: MerxSettings) -> sa.Engine:
    """The database with the tables that Merx makes, its indexes and its seals included."""
    migrate(settings.database_url)
    engine = sa.create_engine(settings.database_url, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def app(settings: MerxSettings) -> FastAPI:
    engine = opened(settings)
    table = sa.Table("price_quotes", sa.MetaData(), autoload_with=engine)
    prices: dict[str, int] = json.loads((settings.home / PRICES).read_text())

    @asynccontextmanager
    async def frozen(_: FastAPI) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()
        yield

    api = FastAPI(lifespan=frozen)

    @api.get("/readyz")
    async def ready() -> str:
        return "ready"

    @api.post("/v1/prices:quote")
    def quote(asked: QuoteRequest) -> QuoteResponse:
        request_id, time_us = uuid.uuid4().hex, time.time_ns() // 1_000
        valid_until = datetime.now(UTC) + VALID
        quotes = []
        for line in asked.lines:
            amount = Amount(amount=prices[line.product_id], currency=CURRENCY)
            named = {"product_id": line.product_id, "decision_id": uuid.uuid4().hex, "valid_until": valid_until}
            quotes.append(Quote(price=amount, current=amount, decided=amount, applied=True, **named))
        with engine.begin() as connection:
            connection.execute(sa.insert(table), [_row(one, request_id, time_us) for one in quotes])
        return QuoteResponse(request_id=request_id, quotes=quotes)

    return api


def _row(quote: Quote, request_id: str, time_us: int) -> dict[str, object]:
    return {
        "time_us": time_us,
        "request_id": request_id,
        "product_id": quote.product_id,
        "decision_id": quote.decision_id,
        "price": quote.price.amount,
        "currency": quote.price.currency,
        "applied": quote.applied,
    }


if __name__ == "__main__":
    mine = Settings()
    uvicorn.run(app(mine), port=mine.port, loop="uvloop", http="httptools", access_log=False, log_level="warning")
