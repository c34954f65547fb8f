"""The peers of `rank_api`: the same request, feature mathematics and ONNX model behind plain FastAPI.

`plain` keeps products in memory and the shopper's row as JSON in Redis; `feast` reads both through the Feast SDK, as
its documentation shows. Both are tuned as well as Merx: uvloop, httptools, no access log, one thread in onnxruntime,
garbage collector frozen after the start. Neither has auth, metrics, deadlines, admission control or fallbacks.
"""

import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from merx_core.features import FEATURE_SERVICE, PRODUCT_COLUMNS, PROFILE_COLUMNS, PairInputs, ProfileFeatures
from merx_core.features.inputs import ProductColumns
from merx_core.features.ranking import ranking_matrix
from merx_kit.features import SnapshotStore, open_store
from merx_kit.settings import MerxSettings
from merx_models.bundle import Bundle
from merx_models.candidates import Shopper

SHOPPER_KEY = "plain:{}"
HISTORY = ("history_ids", "history_times", "history_counts", "history_intervals", "history_weights")
Read = Callable[[str, Any], Awaitable[tuple[ProfileFeatures, ProductColumns]]]


class RankRequest(BaseModel):
    query: str
    documents: list[str]


class GivenRequest(BaseModel):
    features: list[list[float]]


class GivenResponse(BaseModel):
    scores: list[float]


class RankResult(BaseModel):
    index: int
    relevance_score: float


class RankResponse(BaseModel):
    id: str
    model: str
    results: list[RankResult]


def packed(profile: ProfileFeatures) -> str:
    """A shopper's row as the plain peer keeps it."""
    return json.dumps(
        {
            "values": [None if np.isnan(value) else float(value) for value in profile.values],
            "history_ids": profile.history_ids,
            "history_times": profile.history_times.tolist(),
            "history_counts": profile.history_counts.tolist(),
            "history_intervals": [None if np.isnan(days) else float(days) for days in profile.history_intervals],
            "history_weights": profile.history_weights.tolist(),
            "segment": profile.segment,
            "as_of": profile.as_of,
        }
    )


def unpacked(profile_id: str, text: str) -> ProfileFeatures:
    row = json.loads(text)
    return ProfileFeatures(
        profile_id,
        values=np.array(row["values"], np.float32),
        history_ids=tuple(row["history_ids"]),
        history_times=np.array(row["history_times"], np.float64),
        history_counts=np.array(row["history_counts"], np.int32),
        history_intervals=np.array(row["history_intervals"], np.float32),
        history_weights=np.array(row["history_weights"], np.float32),
        segment=row["segment"],
        as_of=row["as_of"],
    )


class Shop:
    """What both peers hold in memory."""

    def __init__(self, settings: MerxSettings) -> None:
        snapshots = SnapshotStore(settings.artefacts_url, settings.home / "peer")
        snapshots.refresh()
        if snapshots.current is None:
            raise SystemExit("no snapshot is published")
        self.snapshot = snapshots.current
        self.columns = self.snapshot.columns
        self.bundle = Bundle.load(settings.home / "bundle")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(settings.home / "bundle" / "ranker.onnx"), options)

    def rank(self, profile: ProfileFeatures, columns: ProductColumns, documents: list[str]) -> list[float]:
        index = self.bundle.index
        now = self.snapshot.shop_time(time.time())
        history, rows = index.rows(profile.history_ids), index.rows(documents)
        ages = (np.maximum(now - profile.history_times, 0.0) / 86_400.0).astype(np.float32)
        shopper = Shopper(history=history, counts=profile.history_counts, ages_days=ages, segment=profile.segment)
        sources = self.bundle.sources.score_rows(shopper, rows)
        pair = PairInputs.of(profile, history, np.empty(0, np.int32), now=now)
        features = ranking_matrix(profile, columns, rows, pair=pair, source_scores=sources, now=now)
        (scores,) = self.session.run(None, {"features": features})
        return np.asarray(scores).reshape(-1).tolist()


def plain(settings: MerxSettings, shop: Shop) -> Read:
    from redis.asyncio import Redis

    redis = Redis.from_url(settings.feast_online, decode_responses=True)

    async def read(profile_id: str, _: list[str]) -> tuple[ProfileFeatures, ProductColumns]:
        return unpacked(profile_id, await redis.get(SHOPPER_KEY.format(profile_id))), shop.columns

    return read


def feast(settings: MerxSettings, shop: Shop) -> Read:
    store = open_store(settings)
    service = store.get_feature_service(FEATURE_SERVICE)
    references: dict[str, list[str]] = {"profile_id": [], "product_id": []}
    for projection in service.feature_view_projections:
        (key,) = store.get_feature_view(projection.name).join_keys
        references.setdefault(key, []).extend(f"{projection.name}:{field.name}" for field in projection.features)

    async def read(profile_id: str, documents: list[str]) -> tuple[ProfileFeatures, ProductColumns]:
        rows = [{"profile_id": profile_id}]
        known = store.get_online_features(features=references["profile_id"], entity_rows=rows).to_dict()
        rows = [{"product_id": product} for product in documents]
        sold = store.get_online_features(features=references["product_id"], entity_rows=rows).to_dict()
        return _profile(shop, profile_id, known), _products(shop, documents, sold)

    return read


def _profile(shop: Shop, profile_id: str, known: dict[str, list[Any]]) -> ProfileFeatures:
    ids, times, counts, intervals, weights = (known[name][0] or [] for name in HISTORY)
    return ProfileFeatures(
        profile_id,
        values=np.array([known[name][0] for name in PROFILE_COLUMNS], np.float32),
        history_ids=tuple(ids),
        history_times=np.array(times, np.float64),
        history_counts=np.array(counts, np.int32),
        history_intervals=np.array(intervals, np.float32),
        history_weights=np.array(weights, np.float32),
        segment=known["segment"][0] or "new",
        as_of=shop.snapshot.manifest.as_of,
    )


def _products(shop: Shop, documents: list[str], sold: dict[str, list[Any]]) -> ProductColumns:
    columns = shop.columns
    values = columns.values.copy()
    values[shop.bundle.index.rows(documents)] = np.array([sold[name] for name in PRODUCT_COLUMNS], np.float32).T
    names = ("leaf", "department", "brand", "together", "together_weights")
    counts = ("leaf_count", "department_count", "brand_count")
    return ProductColumns(values=values, **{name: getattr(columns, name) for name in (*names, *counts)})


def app(kind: str, home: Path, online: str) -> FastAPI:
    settings = MerxSettings(home=home, feast_online=online)
    shop = Shop(settings)
    read = {"plain": plain, "feast": feast}[kind](settings, shop)

    @asynccontextmanager
    async def frozen(_: FastAPI) -> AsyncIterator[None]:
        gc.collect()
        gc.freeze()
        yield

    api = FastAPI(lifespan=frozen)

    @api.post("/v1/rerank")
    async def rerank(request: RankRequest) -> RankResponse:
        profile, columns = await read(request.query, request.documents)
        scores = shop.rank(profile, columns, request.documents)
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        results = [RankResult(index=index, relevance_score=scores[index]) for index in order]
        return RankResponse(id="", model="recommendation/1", results=results)

    @api.post("/v1/rank")
    async def rank_given(request: GivenRequest) -> GivenResponse:
        features = np.array(request.features, np.float32)
        (scores,) = shop.session.run(None, {"features": features})
        return GivenResponse(scores=np.asarray(scores).reshape(-1).tolist())

    return api


if __name__ == "__main__":
    which, folder, redis_url, port = sys.argv[1:]
    uvicorn.run(
        app(which, Path(folder), redis_url),
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
