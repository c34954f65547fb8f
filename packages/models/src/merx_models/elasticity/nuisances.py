"""What the controls say of price and demand: the nuisances of a partially linear model, in two stages.

First all products of a category together (ridge on the controls and their squares), predicted for blocks of time that
were left out; then, for every product, a ridge on what that leaves, which only has to learn how the product differs. So
thin histories lean on their category here as well. One penalty for price and demand, and for all products of a
category, is chosen by what it predicts for blocks left out. Rows are taken less the mean of their series: the
within-group transformation for panels (Clarke & Polselli 2025, "Double machine learning for static panel models with
fixed effects").

LightGBM as the first stage was tried on the simulated shops of the benchmark: it erred a tenth more, for ten times the
work.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_models.elasticity.history import Doubles, Ints, PriceHistory, codes, within

Rows = NDArray[np.intp]
PENALTIES = (1.0, 10.0, 30.0, 100.0, 300.0, 1000.0, np.inf)
"""Of the second stage, for standardised controls; the last leaves it out."""
SHARED_PENALTY = (1.0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """Periods are cut into blocks of `block` in a row, and the blocks dealt to `folds` folds."""

    folds: int = 5
    block: int = 4
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """For every row [N], less the mean of its series: log units and log price, what was said of each by rows of other
    folds, and the fold."""

    units: Doubles
    units_said: Doubles
    price: Doubles
    price_left: Doubles
    fold: Ints

    @property
    def units_left(self) -> Doubles:
        return self.units - self.units_said


def nuisances(history: PriceHistory, folds: Folds) -> Said:
    """Both stages for all rows of `history`; a row's own block of time takes no part in what is said of it."""
    series = history.series
    linear = within(standard(history.design), series)
    bent = within(curved(history.design), series)
    outcomes = within(np.column_stack([history.log_units, history.log_price]), series)
    fold = folds_of(history.time, folds)
    said = np.zeros_like(outcomes)
    # segments of one category buy differently: they share nothing here
    group = codes(history.category, history.segment)
    cell = codes(history.product, history.segment)
    for rows in _parts(group) if linear.shape[1] else ():
        said[rows] = cross_fitted(bent[rows], outcomes[rows], fold[rows], SHARED_PENALTY)[0]
        left = outcomes[rows] - said[rows]
        by_penalty = np.zeros((len(PENALTIES), *left.shape))
        for own in _parts(cell[rows]):
            by_penalty[:, own] = cross_fitted(standard(linear[rows[own]]), left[own], fold[rows[own]], PENALTIES)
        said[rows] += best(left, by_penalty)
    return Said(outcomes[:, 0], said[:, 0], outcomes[:, 1], outcomes[:, 1] - said[:, 1], fold)


def folds_of(time: Ints, folds: Folds) -> Ints:
    """The fold of each row: periods are cut into blocks, blocks dealt like cards, by a seeded shuffle in each round."""
    block = (time - time.min()) // folds.block
    rng = np.random.default_rng(folds.seed)
    rounds = int(block.max()) // folds.folds + 1
    dealt = np.concatenate([rng.permutation(folds.folds) for _ in range(rounds)])
    return np.asarray(dealt[block], np.int64)


def curved(design: Doubles) -> Doubles:
    """The columns and the squares of those that are more than flags, standardised; constant ones are left out."""
    kept = standard(design)
    graded = [column for column in kept.T if len(np.unique(column)) > 2]
    return standard(np.column_stack([kept, *(column**2 for column in graded)]))


def standard(columns: Doubles) -> Doubles:
    """Mean 0 and spread 1; constant columns are left out."""
    spread = columns.std(axis=0)
    moving = spread > 1e-9 * np.maximum(1.0, np.abs(columns).max(axis=0, initial=0.0))
    return np.asarray((columns[:, moving] - columns[:, moving].mean(axis=0)) / spread[moving])


def _parts(code: Ints) -> list[Rows]:
    """The rows of each code that occurs."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def cross_fitted(basis: Doubles, outcomes: Doubles, fold: Ints, penalties: tuple[float, ...]) -> Doubles:
    """Ridge predictions of `outcomes` [n, K] by rows of other folds, for each penalty: [P, n, K]; 0 where all rows are
    in one fold."""
    said = np.zeros((len(penalties), *outcomes.shape))
    for number in np.unique(fold):
        test = fold == number
        if not test.all() and basis.shape[1]:
            said[:, test] = _ridge(basis[~test], outcomes[~test], basis[test], penalties)
    return said


def best(outcomes: Doubles, said: Doubles) -> Doubles:
    """What was said [n, K] with the penalty that errs least over all outcomes."""
    errors = ((outcomes[None] - said) ** 2).sum(axis=1)
    usual = np.maximum((outcomes**2).sum(axis=0), 1e-12)
    return np.asarray(said[(errors / usual).sum(axis=1).argmin()])


def _ridge(known: Doubles, outcomes: Doubles, asked: Doubles, penalties: tuple[float, ...]) -> Doubles:
    """Ridge predictions [P, rows asked, outcomes], one eigen-decomposition for all penalties (Hoerl & Kennard 1970)."""
    centre, usual = known.mean(axis=0), outcomes.mean(axis=0)
    moved = known - centre
    values, vectors = np.linalg.eigh(moved.T @ moved)
    turned = vectors.T @ (moved.T @ (outcomes - usual))
    reached = (asked - centre) @ vectors
    shrunk = [turned / (np.maximum(values, 0.0) + penalty)[:, None] for penalty in penalties]
    # without the second stage its mean is left out as well: the penalty `inf` says nothing at all
    return np.stack(
        [reached @ part + usual * np.isfinite(penalty) for part, penalty in zip(shrunk, penalties, strict=True)]
    )
