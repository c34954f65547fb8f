"""Wide & Deep (Cheng et al. 2016): crosses learned by heart beside embeddings that generalise."""

from typing import TYPE_CHECKING

from merx_models.neural_ranker import NeuralRanker, NeuralSettings

if TYPE_CHECKING:
    from torch import nn

    from merx_models.ranking_networks import FeatureEncoder, ItemTable

CROSS_BUCKETS = 1 << 18


class WideDeep(NeuralRanker):
    @classmethod
    def network(
        cls,
        encoder: "FeatureEncoder",
        items: "ItemTable",
        settings: NeuralSettings,  # noqa: ARG003 - sizes of the wide part are fixed
    ) -> "nn.Module":
        from merx_models.ranking_networks import WideDeepNetwork

        return WideDeepNetwork(encoder, items, buckets=CROSS_BUCKETS)
