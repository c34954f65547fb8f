"""Deep Interest Network (Zhou et al. 2018): the history is read anew for each candidate, by target attention."""

from typing import TYPE_CHECKING

from merx_models.neural_ranker import NeuralRanker, NeuralSettings

if TYPE_CHECKING:
    from torch import nn

    from merx_models.ranking_networks import FeatureEncoder, ItemTable


class Din(NeuralRanker):
    attention = True

    @classmethod
    def network(cls, encoder: "FeatureEncoder", items: "ItemTable", settings: NeuralSettings) -> "nn.Module":
        from merx_models.ranking_networks import DinNetwork

        return DinNetwork(encoder, items, positions=settings.max_history, attention=cls.attention)


class SumPooling(Din):
    """The base model of the same paper: the history is summed, whatever the candidate is."""

    attention = False
