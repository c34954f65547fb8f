"""goals.md `ranking`: the next product among products drawn at random, group AUC; DIN beside its peers.

Every model gets the same rows and may know the same things: twelve features of (history, candidate), the history, the
candidate and the attributes of all products. Each has two settings to choose from, chosen on validation lists with the
first seed; the test lists are read once, at the end. `DATA=<file of sequences>` ranks another shop.
"""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from rich.progress import Progress

from benchmarks.ranking_lists import Lists, Shop, make_lists, read_shop
from benchmarks.report import Machine, Row, bench_data, command_line, data_path, median_spread, write
from merx_models.boosting import Boosting, BoostingSettings
from merx_models.din import Din, SumPooling
from merx_models.neural_ranker import Items, NeuralRanker, NeuralSettings
from merx_models.ranking_rows import Floats, RankingRows, group_auc
from merx_models.wide_deep import WideDeep

SHOPS = ("Beauty", "Toys_and_Games")
SEEDS = (0, 1, 2)
VALIDATION_LISTS = 6_000
NEURAL = (NeuralSettings(epochs=3, vector_rate=4e-3), NeuralSettings(epochs=3, vector_rate=2e-3))
BOOSTED = (BoostingSettings(objective="binary"), BoostingSettings(objective="lambdarank"))


class Fitted(Protocol):
    def predict(self, rows: RankingRows) -> Floats: ...


Fit = Callable[[int, int], Fitted]
"""(number of the setting, seed) to a fitted model."""


@dataclass(frozen=True)
class Outcome:
    setting: int
    validation: float
    test: tuple[float, ...]


def contenders(shop: Shop, lists: Lists) -> Mapping[str, Fit]:
    items = Items(shop.products, shop.attributes)

    def neural(kind: type[Din | WideDeep]) -> Fit:
        def fit(setting: int, seed: int) -> NeuralRanker:
            return kind.fit(lists.train, lists.validation, items, settings=NEURAL[setting], seed=seed)

        return fit

    def boosted(setting: int, seed: int) -> Boosting:
        return Boosting.fit(lists.train, lists.validation, settings=BOOSTED[setting], seed=seed)

    return {
        "DIN": neural(Din),
        "sum-pooling": neural(SumPooling),
        "LightGBM": boosted,
        "Wide & Deep": neural(WideDeep),
    }


def run(fit: Fit, lists: Lists, step: Callable[[], Any]) -> Outcome:
    """Choose the setting on validation, then fit it with every seed and read the test lists."""
    first: list[tuple[float, int, Fitted]] = []
    for setting in range(len(NEURAL)):
        model = fit(setting, SEEDS[0])
        first.append((_auc(model, lists.validation), -setting, model))
        step()
    validation, negative, chosen = max(first, key=lambda entry: entry[:2])
    aucs = [_auc(chosen, lists.test)]
    for seed in SEEDS[1:]:
        aucs.append(_auc(fit(-negative, seed), lists.test))
        step()
    return Outcome(-negative, validation, tuple(aucs))


def _auc(model: Fitted, rows: RankingRows) -> float:
    return group_auc(model.predict(rows), rows.labels, rows.group)


def fewer_validation_lists(lists: Lists) -> Lists:
    """The first so many shoppers: stopping and choosing do not need them all."""
    return Lists(
        lists.train, lists.validation.take(np.flatnonzero(lists.validation.group < VALIDATION_LISTS)), lists.test
    )


def measure(shop: Shop) -> list[Row]:
    lists = fewer_validation_lists(make_lists(shop, seed=0))
    fits = contenders(shop, lists)
    with Progress() as progress:
        task = progress.add_task(shop.name, total=len(fits) * (len(NEURAL) + len(SEEDS) - 1))
        outcomes = {name: run(fit, lists, lambda: progress.advance(task)) for name, fit in fits.items()}
        for name, outcome in outcomes.items():
            progress.console.print(f"{shop.name} {name}: {outcome}")
    merx, spread = median_spread(outcomes["DIN"].test)
    peers = {name: statistics.median(outcome.test) for name, outcome in outcomes.items() if name != "DIN"}
    claim = f"{shop.name}: next product among 20 drawn at random, group AUC of DIN (median of {len(SEEDS)} seeds)"
    return [
        Row(claim=claim, unit="GAUC", better="higher", merx=merx, spread=spread, peers=peers, goal=max(peers.values()))
    ]


def main() -> None:
    machine = Machine.now()
    other = data_path()
    paths = [other] if other else [bench_data() / "s3rec" / f"{name}.txt.gz" for name in SHOPS]
    rows = [row for path in paths for row in measure(read_shop(path))]
    write("ranking", rows, command_line(), machine=machine)


if __name__ == "__main__":
    main()
