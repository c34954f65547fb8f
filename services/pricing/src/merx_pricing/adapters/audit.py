"""The audit of prices in SQL: append-only tables, made by the migrations of the event log's database."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from merx_core.contracts.pricing import AuditedQuote, AuditPage, AuditQuery
from merx_core.money import Money
from merx_kit.errors import MerxError
from merx_kit.eventlog import EventLog, EventLogError
from merx_kit.eventlog.database import WRITING
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.records import moment_of
from merx_kit.group_commit import CommitMetrics, GroupCommit
from merx_models.guardrails import RuleSet
from merx_pricing.domain import Given
from merx_pricing.errors import AuditUnavailable
from merx_pricing.metrics import AUDIT_SECONDS, AUDIT_SIZE, AUDIT_WAITING

REMEMBERED = 500_000
"""Decisions known to be written: those are not sent again."""

_metadata = sa.MetaData()
_rules = sa.Table(
    "price_rules",
    _metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("first_us", sa.BigInteger),
    sa.Column("document", sa.LargeBinary),
)
_decisions = sa.Table(
    "price_decisions",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("product_id", sa.Text),
    sa.Column("first_us", sa.BigInteger),
    sa.Column("rules", sa.Text),
    sa.Column("document", sa.LargeBinary),
)
_quotes = sa.Table(
    "price_quotes",
    _metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("time_us", sa.BigInteger),
    sa.Column("request_id", sa.Text),
    sa.Column("product_id", sa.Text),
    sa.Column("decision_id", sa.Text),
    sa.Column("price", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("applied", sa.Boolean),
    sa.Column("profile_id", sa.Text),
    sa.Column("offer_bp", sa.Integer),
)

_INSERTED = tuple(column.name for column in _quotes.columns if column is not _quotes.c.number)
# SQLAlchemy makes a dictionary of every row and looks at each value: with a hundred rows to an answer that cost more
# than the database does. So both databases are given rows as their drivers take them.
_SQLITE_INSERT = f"""
INSERT INTO price_quotes ({", ".join(_INSERTED)}) VALUES ({", ".join("?" * len(_INSERTED))})
"""  # noqa: S608 - the names are the table's own
_POSTGRES_TYPES = {sa.BigInteger: "bigint", sa.Integer: "integer", sa.Boolean: "boolean", sa.Text: "text"}
_POSTGRES_ARRAYS = ", ".join(f"CAST(:{name} AS {_POSTGRES_TYPES[type(_quotes.c[name].type)]}[])" for name in _INSERTED)
_POSTGRES_INSERT = sa.text(f"""
INSERT INTO price_quotes ({", ".join(_INSERTED)}) SELECT * FROM unnest({_POSTGRES_ARRAYS})
""")  # noqa: S608 - the names are the table's own


class _Commit(GroupCommit[Given, None]):
    failed: type[MerxError] = AuditUnavailable
    closed: type[MerxError] = AuditUnavailable


class SqlAudit:
    """Writes wait for each other's commit and share it; a decision is written once, however often it is quoted."""

    def __init__(self, log: EventLog, rules: RuleSet) -> None:
        self._log = log
        self._rules = rules
        self._written: set[str] = set()
        metrics = CommitMetrics(AUDIT_SECONDS, AUDIT_SIZE, AUDIT_WAITING)
        self._commits = _Commit(self._commit, metrics=metrics, name="merx-price-audit")

    async def write(self, given: Sequence[Given]) -> None:
        await self._commits.append(given)

    async def page(self, query: AuditQuery) -> AuditPage:
        return await asyncio.to_thread(self._page, query)

    def close(self) -> None:
        self._commits.close()

    def _commit(self, given: Sequence[Given]) -> Sequence[None]:
        fresh = {one.decision.id: one for one in given if one.decision.id not in self._written}
        try:
            with translated(self._log.url), self._log.engine.connect() as connection:
                writing = connection.execution_options(**WRITING)
                with writing.begin():
                    if fresh:
                        self._decide(writing, list(fresh.values()))
                    self._insert(writing, [_row(one) for one in given])
        except EventLogError as error:
            raise AuditUnavailable(f"{error.title}.", headers={"retry-after": "1"}) from error
        if len(self._written) > REMEMBERED:
            self._written.clear()
        self._written |= fresh.keys()
        return [None] * len(given)

    def _insert(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._log.url.get_backend_name() == "postgresql":
            columns = map(list, zip(*rows, strict=True))
            connection.execute(_POSTGRES_INSERT, dict(zip(_INSERTED, columns, strict=True)))
        else:
            connection.exec_driver_sql(_SQLITE_INSERT, list(rows))

    def _decide(self, connection: Connection, fresh: Sequence[Given]) -> None:
        rules = {
            "version": self._rules.version,
            "first_us": fresh[0].time_us,
            "document": msgspec.json.encode(self._rules, order="deterministic"),
        }
        rows = [
            {
                "id": one.decision.id,
                "product_id": one.decision.context.product_id,
                "first_us": one.time_us,
                "rules": self._rules.version,
                "document": one.decision.document,
            }
            for one in fresh
        ]
        connection.execute(self._once(_rules), [rules])
        connection.execute(self._once(_decisions), rows)

    def _once(self, table: sa.Table) -> Any:
        """An insert that leaves what is there as it is: replicas decide alike."""
        dialect = postgresql if self._log.url.get_backend_name() == "postgresql" else sqlite
        return dialect.insert(table).on_conflict_do_nothing()

    def _page(self, query: AuditQuery) -> AuditPage:
        found = (
            sa.select(_quotes, _decisions.c.document, _rules.c.document.label("rules_document"))
            .outerjoin(_decisions, _decisions.c.id == _quotes.c.decision_id)
            .outerjoin(_rules, _rules.c.version == _decisions.c.rules)
            .order_by(_quotes.c.number.desc())
            .limit(query.limit + 1)
        )
        for name in ("product_id", "request_id", "decision_id"):
            if wanted := getattr(query, name):
                found = found.where(_quotes.c[name] == wanted)
        if query.decision_id:
            # A decision is of one product: there is an index by product.
            of_product = sa.select(_decisions.c.product_id).where(_decisions.c.id == query.decision_id)
            found = found.where(_quotes.c.product_id == of_product.scalar_subquery())
        if query.cursor:
            found = found.where(_quotes.c.number < int(query.cursor))
        try:
            with translated(self._log.url), self._log.engine.connect() as connection:
                rows = connection.execute(found).mappings().all()
        except EventLogError as error:
            raise AuditUnavailable(f"{error.title}.", headers={"retry-after": "1"}) from error
        shown = rows[: query.limit]
        return AuditPage(
            quotes=tuple(_audited(row) for row in shown),
            next_cursor=str(shown[-1]["number"]) if len(rows) > query.limit else "",
        )


def _row(given: Given) -> tuple[Any, ...]:
    """In the order of _INSERTED."""
    return (
        given.time_us,
        given.request_id,
        given.decision.context.product_id,
        given.decision.id,
        given.price.amount,
        given.price.currency,
        given.applied,
        given.profile_id,
        given.offer_bp,
    )


def _audited(row: Any) -> AuditedQuote:
    return AuditedQuote(
        number=row["number"],
        time=moment_of(row["time_us"]),
        request_id=row["request_id"],
        product_id=row["product_id"],
        price=Money(row["price"], row["currency"]),
        applied=bool(row["applied"]),
        decision_id=row["decision_id"],
        decision=msgspec.Raw(bytes(row["document"] or b"null")),
        rules=msgspec.Raw(bytes(row["rules_document"] or b"null")),
        profile_id=row["profile_id"],
        offer_bp=row["offer_bp"],
    )
