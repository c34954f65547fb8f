"""The registered model: a bundle of candidate sources and a ranker, as the use case wants it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from merx_core.features import RANKING_COLUMNS
from merx_kit.registry import ModelRefused
from merx_models import golden
from merx_models.bundle import Bundle, BundleError
from merx_models.candidates import Candidates, Shopper
from merx_models.explain import METHOD, explain
from merx_models.ranker import RankerError
from merx_recommendation.domain import Attribution, Floats, Mask, Rows
from merx_recommendation.ports import RankingFailed

CONTRACTS = frozenset({"65ca3b5bd405e89404000272ab7701a3471ce2196d084190e937699a099df002"})
"""Hashes of the feature services that this code can serve: recommendation_v1, and the one before once there is one."""

RANKER_FAILURES = (RankerError, runtime.Fail, runtime.InvalidArgument, runtime.RuntimeException, runtime.EPFail)


class BundleModel:
    """`version` is how answers name it, such as "recommendation/7"."""

    def __init__(self, bundle: Bundle, version: str) -> None:
        self._bundle = bundle
        self._version = version

    @property
    def version(self) -> str:
        return self._version

    @property
    def ids(self) -> Sequence[str]:
        return self._bundle.index.ids

    def propose(
        self, shopper: Shopper, quotas: Mapping[str, int], *, rng: np.random.Generator, allowed: Mask
    ) -> Candidates:
        return self._bundle.sources.candidates(shopper, quotas, rng=rng, allowed=allowed)

    def source_scores(self, shopper: Shopper, rows: Rows) -> Floats:
        return self._bundle.sources.score_rows(shopper, rows)

    def rank(self, features: Floats, *, history: Rows, candidates: Rows) -> Floats:
        try:
            return self._bundle.ranker.score(features, history.astype(np.int64), candidates.astype(np.int64))
        except RANKER_FAILURES as error:
            raise RankingFailed(f"{self._version}: {error}") from error

    def explain(self, features: Floats, *, history: Rows, candidates: Rows) -> tuple[str, Sequence[Attribution]]:
        background = self._bundle.background
        reference = background if background is not None and len(background) else np.zeros_like(features[:1])
        trail = history.astype(np.int64)
        parts = []
        for row, candidate in zip(features, candidates.tolist(), strict=True):
            try:
                found = explain(self._bundle.ranker, (row, candidate), history=trail, background=reference)
            except RANKER_FAILURES as error:
                raise RankingFailed(f"{self._version}: {error}") from error
            parts.append(Attribution(found.score, found.base, found.contributions.astype(np.float32)))
        return METHOD, parts


def load(folder: Path) -> Bundle:
    """The bundle in `folder`. Raises ModelRefused where it is damaged, or wants other columns than this code makes."""
    try:
        # The slot has verified every file against the digests of the registry just before.
        bundle = Bundle.load(folder, verify=False)
    except BundleError as error:
        raise ModelRefused(str(error), "model_damaged") from error
    if bundle.manifest.ranking_columns != RANKING_COLUMNS:
        raise ModelRefused(f"{folder.name} ranks by other columns than this service makes", "model_contract_unknown")
    return bundle


def check(bundle: Bundle, folder: Path) -> None:
    """Asks the bundle's golden requests again. Raises ModelRefused where an answer is not the one it was made with."""
    try:
        golden.check(bundle)
    except (golden.GoldenMismatch, *RANKER_FAILURES) as error:
        raise ModelRefused(f"{folder.name}: {error}") from error
