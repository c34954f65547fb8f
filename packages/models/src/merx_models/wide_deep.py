"""Wide & Deep (Cheng et al. 2016): crosses learned by heart beside embeddings that generalise."""

from typing import TYPE_CHECKING

from merx_models.neural_ranker import Items, NeuralRanker, NeuralSettings, quantile_edges, train
from merx_models.ranking_rows import RankingRows

if TYPE_CHECKING:
    from torch import nn

CROSS_BUCKETS = 1 << 18


class WideDeep(NeuralRanker):
    @classmethod
    def fit(
        cls,
        rows: RankingRows,
        validation: RankingRows,
        items: Items,
        *,
        settings: NeuralSettings | None = None,
        seed: int = 0,
    ) -> "WideDeep":
        """Train on `rows`, stop and calibrate on `validation`."""
        chosen = settings or NeuralSettings()

        def build() -> "nn.Module":
            from merx_models.ranking_networks import FeatureEncoder, ItemTable, WideDeepNetwork

            attributes, count = items.table()
            table = ItemTable(attributes, dim=chosen.dim, attribute_count=count)
            return WideDeepNetwork(FeatureEncoder(quantile_edges(rows.features)), table, buckets=CROSS_BUCKETS)

        return cls.of(train(build, rows, validation, settings=chosen, seed=seed), chosen)
