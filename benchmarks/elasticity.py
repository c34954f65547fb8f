"""goals.md `elasticity`: what 1 % more price does to units, where the price followed demand.

Simulated: the three worlds of `price_worlds`, 500 products each, seeds 0 to 2 (the estimator was worked on with seeds
100 to 105). Peers on the same rows: least squares of log units on log price for every product; the same with all
controls; and, on the first seed and the first 100 products, DoubleML for each product alone, as its examples show it
(LightGBM as it comes, or a ridge chosen by cross-validation, five random folds). All get the same controls, lags and
calendar included, but the first. Intervals: 95 %.

Substitutes: the products of those worlds do not move each other, so in the log-log world, first seed, every fifth
product is made to: its units are drawn anew, more of them by .4 to 1.2 % for 1 % price of the product nearest to it.

Orange juice: Dominick's 83 stores, three brands; published: -3.14, least squares with brand intercepts. The file names
no store and no week, but lists a brand's weeks store by store: runs of one brand are taken for its stores (there are
83 of each), rows of a run for its weeks. Merx has the feature flag, last week's price, units and flag besides.

`DATA=<table.csv or .csv.gz>` estimates any shop: columns product, category, time (whole periods), price, units, and
segment and store where there are any; every other column is a control.
"""

import shlex
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

from benchmarks.price_worlds import NAMES, PRODUCTS, World, world
from benchmarks.report import Machine, Row, bench_data, data_path, median_spread, write
from merx_models.elasticity import Cross, Elasticities, ElasticitySettings, PriceHistory, cross_elasticities, prepared
from merx_models.elasticity.estimation import own_estimates
from merx_models.elasticity.history import Cell, Doubles, within
from merx_models.elasticity.substitutes import nearest

SEEDS = (0, 1, 2)
PEER_PRODUCTS = 100
PUBLISHED = -3.14
CHECK_UNITS = {"placebo_mean": "elasticity", "placebo_significant": "share", "random_common_cause": "standard errors"}
Found = Mapping[Cell, tuple[float, float]]
"""Elasticity and half the width of its interval, by product and segment."""


@dataclass(frozen=True)
class Score:
    """Mean absolute error and the share of intervals that hold the truth."""

    error: float
    held: float


@dataclass(frozen=True)
class Trial:
    """One world and seed: Merx, Merx without pooling, and Merx on the few products that slow peers were given."""

    merx: Score
    few: Score
    peers: Mapping[str, Score]
    report: Mapping[str, object]
    refuted: list[Any]


def history_of(drawn: World) -> PriceHistory:
    return PriceHistory.of(
        product=drawn.product,
        category=drawn.category,
        segment=drawn.segment,
        store=drawn.zone,
        time=drawn.week,
        price=drawn.price,
        units=drawn.units,
        controls=drawn.controls,
    )


def score(found: Found, truth: Mapping[Cell, float]) -> Score:
    errors = np.array([abs(mean - truth[cell]) for cell, (mean, _) in found.items()])
    widths = np.array([half for _, half in found.values()])
    return Score(float(errors.mean()), 100 * float((errors <= widths).mean()))


def served(model: Elasticities, cells: list[Cell]) -> Found:
    answers = {cell: model.of(*cell) for cell in cells}
    return {cell: (answer.mean, (answer.high - answer.low) / 2) for cell, answer in answers.items()}


def least_squares(history: PriceHistory, controls: Doubles) -> Found:
    """Log units on log price and controls by cell, stores with intercepts of their own; errors as if independent."""
    series = history.series
    units = within(history.log_units, series)
    design = within(np.column_stack([history.log_price, controls]), series)
    found: dict[Cell, tuple[float, float]] = {}
    for cell, rows in history.cells().items():
        known = design[rows]
        inverse = np.linalg.pinv(known.T @ known)
        slopes = inverse @ (known.T @ units[rows])
        left = units[rows] - known @ slopes
        noise = float(left @ left) / max(len(rows) - known.shape[1] - 1, 1)
        found[cell] = (float(slopes[0]), 1.96 * float(np.sqrt(noise * inverse[0, 0])))
    return found


def plain_double_ml(history: PriceHistory, learner: Any, cells: list[Cell]) -> Found:
    """The library for each cell alone: random folds, independent rows, store as flags."""
    import doubleml

    rows_of = history.cells()
    found: dict[Cell, tuple[float, float]] = {}
    for cell in cells:
        rows = rows_of[cell]
        stores = pd.get_dummies(pd.Series(history.store[rows]), dtype=float).to_numpy()[:, 1:]
        known = np.column_stack([history.design[rows], stores])
        known = (known - known.mean(axis=0)) / np.maximum(known.std(axis=0), 1e-9)
        data = doubleml.DoubleMLData.from_arrays(known, history.log_units[rows], history.log_price[rows])
        np.random.seed(0)  # noqa: NPY002  # the library draws its folds from numpy's global state
        model = doubleml.DoubleMLPLR(data, learner, learner, n_folds=5)
        model.fit()
        found[cell] = (float(model.coef[0]), 1.96 * float(model.se[0]))
    return found


def slow_peers(ready: PriceHistory, few: list[Cell]) -> dict[str, Found]:
    from lightgbm import LGBMRegressor
    from sklearn.linear_model import RidgeCV

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LightGBM's remarks on columns without names
        return {
            "DoubleML, ridge": plain_double_ml(ready, RidgeCV(np.logspace(-3, 3, 7)), few),
            "DoubleML, LightGBM": plain_double_ml(ready, LGBMRegressor(n_jobs=1, verbosity=-1), few),
        }


def one_trial(name: str, seed: int) -> Trial:
    drawn = world(name, seed)
    history, settings = history_of(drawn), ElasticitySettings(seed=seed, checked=50)
    model = Elasticities.fit(history, settings=settings)
    ready, cells = prepared(history, settings), list(drawn.truth)
    found = served(model, cells)
    few = [cell for cell in cells if int(cell[0][1:]) < PEER_PRODUCTS]
    alone = {cell: model.of(*cell).own for cell in cells}
    peers: dict[str, Found] = {
        "OLS": least_squares(history, np.empty((len(history), 0))),
        "OLS with all controls": least_squares(ready, ready.design),
        "Merx without pooling": {cell: (own[0], 1.96 * own[1]) for cell, own in alone.items() if own},
    }
    if seed == SEEDS[0]:
        peers |= {f"{peer} ({PEER_PRODUCTS} products)": found for peer, found in slow_peers(ready, few).items()}
    return Trial(
        merx=score(found, drawn.truth),
        few=score({cell: found[cell] for cell in few}, drawn.truth),
        peers={peer: score(of_peer, drawn.truth) for peer, of_peer in peers.items()},
        report=model.report,
        refuted=model.refutations,
    )


def world_rows(name: str) -> list[Row]:
    trials = [one_trial(name, seed) for seed in track(SEEDS, f"world {name}")]
    errors, held = [trial.merx.error for trial in trials], [trial.merx.held for trial in trials]
    # slow peers are in the first trial alone
    scores = {peer: [trial.peers[peer] for trial in trials if peer in trial.peers] for peer in trials[0].peers}
    scores[f"Merx ({PEER_PRODUCTS} products)"] = [trials[0].few]
    by_error = {peer: float(np.mean([one.error for one in found])) for peer, found in scores.items()}
    by_held = {peer: float(np.mean([one.held for one in found])) for peer, found in scores.items()}
    what = f"world {name}, {PRODUCTS} products, {len(SEEDS)} seeds"
    mean_error, mean_held = float(np.mean(errors)), float(np.mean(held))
    error_spread, held_spread = median_spread(errors)[1], median_spread(held)[1]
    interval = f"{what}: 95 % interval holds the truth"
    return [
        Row(
            claim=f"{what}: mean absolute error",
            unit="elasticity",
            better="lower",
            merx=mean_error,
            spread=error_spread,
            peers=by_error,
            goal=0.12,
        ),
        Row(
            claim=f"{interval}, low end",
            unit="%",
            better="higher",
            merx=mean_held,
            spread=held_spread,
            peers=by_held,
            goal=92,
        ),
        Row(
            claim=f"{interval}, high end",
            unit="%",
            better="lower",
            merx=mean_held,
            spread=held_spread,
            peers=by_held,
            goal=97,
        ),
        *refutation_rows(f"world {name}, {len(SEEDS)} seeds", [trial.refuted for trial in trials]),
    ]


def refutation_rows(what: str, runs: list[list[Any]]) -> list[Row]:
    """One row for each check: the worst run against the limit that the library sets it."""
    rows: list[Row] = []
    for checks in zip(*runs, strict=True):
        worst = max(checks, key=lambda check: float(check.value / check.limit))
        values = [check.value for check in checks]
        rows.append(
            Row(
                claim=f"{what}: {worst.name.replace('_', ' ')}, {worst.cells} estimates, worst run",
                unit=CHECK_UNITS[worst.name],
                better="lower",
                merx=worst.value,
                spread=(min(values), max(values)),
                goal=worst.limit,
            )
        )
    return rows


def planted(drawn: World) -> tuple[World, dict[tuple[str, str], float]]:
    """The world with substitutes in it, and their cross-elasticities."""
    rng = np.random.default_rng(0)
    pairs = nearest(history_of(drawn), 1)
    truth = {(name, pairs[name][0]): float(rng.uniform(0.4, 1.2)) for name in list(pairs)[::5]}
    moment = dict(zip(zip(drawn.product, drawn.zone, drawn.week.tolist(), strict=True), drawn.price, strict=True))
    product, zone = np.array(drawn.product), np.array(drawn.zone)
    units = drawn.units.copy()
    for (name, other), pull in truth.items():
        rows = np.flatnonzero(product == name)
        usual = float(np.exp(np.log(drawn.price[product == other]).mean()))
        price = np.array([moment.get((other, zone[row], int(drawn.week[row])), usual) for row in rows])
        units[rows] = rng.poisson(units[rows] * (price / usual) ** pull)
    return replace(drawn, units=units), truth


def substitute_rows() -> list[Row]:
    """How far off the planted ones are, how many are found, and how many are found that are none."""
    drawn, truth = planted(world("loglog", SEEDS[0]))
    crosses = cross_elasticities(prepared(history_of(drawn), ElasticitySettings()))
    pulls = np.array([truth.get((cross.product, cross.other), 0.0) for cross in crosses])
    error = np.array([cross.mean for cross in crosses]) - pulls
    held = np.array([cross.low <= pull <= cross.high for cross, pull in zip(crosses, pulls, strict=True)])
    hits = np.array([cross.substitute for cross in crosses])
    real = pulls > 0
    what = f"substitutes, {len(crosses)} pairs of which {int(real.sum())} planted"
    shares = {
        "planted ones found": hits[real],
        "those found that are planted": real[hits],
        "95 % interval holds the truth": held,
        "95 % interval holds the truth, planted": held[real],
    }
    return [
        Row(
            claim=f"{what}: mean absolute error of the planted",
            unit="elasticity",
            better="lower",
            merx=float(np.abs(error[real]).mean()),
            spread=(float(np.quantile(np.abs(error[real]), 0.05)), float(np.quantile(np.abs(error[real]), 0.95))),
            peers={"none is one (0)": float(pulls[real].mean())},
        ),
        *(_share_row(f"{what}: {name}", of) for name, of in shares.items()),
    ]


def _share_row(claim: str, flags: NDArray[np.bool_]) -> Row:
    """With the interval of Wilson (1927)."""
    share, count, z = float(flags.mean()), len(flags), 1.96
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * float(np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)) / (1 + z**2 / count)
    spread = (100 * (middle - half), 100 * (middle + half))
    return Row(claim=claim, unit="%", better="higher", merx=100 * share, spread=spread)


def orange_juice() -> list[Row]:
    table = pd.read_csv(bench_data() / "orange_juice" / "oj_elasticity.csv.gz")
    slope, half = _by_brand_intercepts(table)
    peers = {"OLS with brand intercepts": slope, "OLS low": slope - half, "OLS high": slope + half}
    history = _juice(table, together=True)
    rows = [_estimate_row("orange juice, all brands", history, {**peers, "published": PUBLISHED})]
    apart = _juice(table, together=False)
    for brand in sorted(set(table["brand"])):
        slope, half = _by_brand_intercepts(table[table["brand"] == brand])
        part = apart.take(np.flatnonzero(apart.product == brand))
        peers = {"OLS": slope, "OLS low": slope - half, "OLS high": slope + half}
        rows.append(_estimate_row(f"orange juice, {brand}", part, peers))
    return [*rows, *(_cross_row(cross) for cross in cross_elasticities(apart.with_lags()))]


def _cross_row(cross: Cross) -> Row:
    what = f"orange juice: {cross.product} for 1 % price of {cross.other}, spread is its 95 % interval"
    return Row(claim=what, unit="elasticity", better="higher", merx=cross.mean, spread=(cross.low, cross.high))


def _juice(table: pd.DataFrame, *, together: bool) -> PriceHistory:
    """Brands as one product, stores of each brand with an intercept of their own, or brands as products."""
    brand = table["brand"].to_numpy(str)
    begins = np.append(True, brand[1:] != brand[:-1])
    store = np.zeros(len(table), np.int64)
    for name in np.unique(brand):
        store[brand == name] = np.cumsum(begins[brand == name])
    of_brand = np.array([f"{name} {number}" for name, number in zip(brand, store, strict=True)])
    return PriceHistory.of(
        product=np.full(len(table), "all brands") if together else brand,
        category=np.full(len(table), "orange juice"),
        store=of_brand if together else store.astype(str),
        time=np.arange(len(table)) - np.flatnonzero(begins)[np.cumsum(begins) - 1],
        price=table["price"].to_numpy(float),
        units=table["sales"].to_numpy(float),
        controls={"feat": table["feat"].to_numpy(float)},
    )


def _by_brand_intercepts(table: pd.DataFrame) -> tuple[float, float]:
    """Slope of log sales on log price with an intercept for each brand, and half of its interval."""
    code = np.unique(table["brand"].to_numpy(str), return_inverse=True)[1].astype(np.int64)
    price, units = (within(np.log(table[name].to_numpy(float)), code) for name in ("price", "sales"))
    slope = float(price @ units / (price @ price))
    left = units - slope * price
    return slope, 1.96 * float(np.sqrt(left @ left / len(left) / (price @ price)))


def _estimate_row(claim: str, history: PriceHistory, peers: Mapping[str, float]) -> Row:
    """Merx on one product: feature flag, what was sold and asked the week before, store intercepts; no goal."""
    found = own_estimates(history.with_lags())
    (own,) = found.own.values()
    spread = (own.mean - 1.96 * own.se, own.mean + 1.96 * own.se)
    what = f"{claim}: own-price elasticity, spread is its 95 % interval"
    return Row(claim=what, unit="elasticity", better="lower", merx=own.mean, spread=spread, peers=peers)


def other_shop(path: Path) -> list[Row]:
    """Any table: how the elasticities lie, how many have the wrong sign, and the checks."""
    table = pd.read_csv(path)
    missing = {"product", "category", "time", "price", "units"} - set(table.columns)
    if missing:
        sys.exit(f"{path}: no column {', '.join(sorted(missing))}")
    try:
        history = _history_of_table(table)
        model = Elasticities.fit(history)
    except ValueError as refusal:
        sys.exit(f"{path}: {refusal}")
    means = np.array([model.of(*cell).mean for cell in history.cells()])
    plain = np.array([slope for slope, _ in least_squares(history, np.empty((len(history), 0))).values()])
    low, high = np.quantile(means, [0.05, 0.95])
    return [
        Row(
            claim=f"{path.name}, {len(means)} products and segments: median elasticity, spread is 5 to 95 %",
            unit="elasticity",
            better="lower",
            merx=float(np.median(means)),
            spread=(float(low), float(high)),
            peers={"OLS": float(np.median(plain))},
        ),
        Row(
            claim=f"{path.name}: served with the wrong sign",
            unit="%",
            better="lower",
            merx=100 * float(np.mean(means > 0)),
            spread=(0.0, 100 * float(np.mean(means > 0))),
            peers={"OLS": 100 * float(np.mean(plain > 0))},
        ),
        *refutation_rows(path.name, [model.refutations]),
    ]


def _history_of_table(table: pd.DataFrame) -> PriceHistory:
    known = {"product", "category", "segment", "store", "time", "price", "units"}
    texts = {name: table[name].to_numpy(str) for name in ("segment", "store") if name in table}
    return PriceHistory.of(
        product=table["product"].to_numpy(str),
        category=table["category"].to_numpy(str),
        time=table["time"].tolist(),
        price=table["price"].tolist(),
        units=table["units"].tolist(),
        controls={str(name): table[name].tolist() for name in table.columns if name not in known},
        **texts,
    )


def simulated() -> list[Row]:
    return [row for name in NAMES for row in world_rows(name)]


def main() -> None:
    machine, other = Machine.now(), data_path()
    rows = other_shop(other) if other else [*simulated(), *substitute_rows(), *orange_juice()]
    command = f"make bench AREA=elasticity{f' DATA={shlex.quote(str(other))}' if other else ''}"
    write("elasticity", rows, command, machine=machine)


if __name__ == "__main__":
    main()
