"""Deep Interest Network (Zhou et al. 2018): the history is read anew for each candidate, by target attention."""

from typing import TYPE_CHECKING

from merx_models.neural_ranker import Items, NeuralRanker, NeuralSettings, quantile_edges, train
from merx_models.ranking_rows import RankingRows

if TYPE_CHECKING:
    from torch import nn


class Din(NeuralRanker):
    attention = True

    @classmethod
    def fit(
        cls,
        rows: RankingRows,
        validation: RankingRows,
        items: Items,
        *,
        settings: NeuralSettings | None = None,
        seed: int = 0,
    ) -> "Din":
        """Train on `rows`, stop and calibrate on `validation`."""
        chosen = settings or NeuralSettings()

        def build() -> "nn.Module":
            from merx_models.ranking_networks import DinNetwork, FeatureEncoder, ItemTable

            attributes, count = items.table()
            table = ItemTable(attributes, dim=chosen.dim, attribute_count=count)
            encoder = FeatureEncoder(quantile_edges(rows.features))
            return DinNetwork(encoder, table, positions=chosen.max_history, attention=cls.attention)

        return cls.of(train(build, rows, validation, settings=chosen, seed=seed), chosen)


class SumPooling(Din):
    """The base model of the same paper: the history is summed, whatever the candidate is."""

    attention = False
