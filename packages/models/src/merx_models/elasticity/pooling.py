"""Partial pooling: what thin estimates borrow from their category, segment and shop (a hierarchical normal model).

    estimate = truth + error, the error's covariance known
    truth = mean of the segment + category + category x segment + product + product x segment

The last four are normal around 0; their spreads are found by restricted maximum likelihood (Patterson & Thompson 1971),
kept off zero by the penalty of Chung et al. (2013), and the truths by their best linear prediction: empirical Bayes as
of Efron & Morris (1975). Intervals count what the means are uncertain by, as Morris (1983) asks, not the spreads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from merx_models.elasticity.estimation import Estimate
from merx_models.elasticity.history import Cell, Doubles

Place = tuple[str, str, str]
"""Category, product and segment of a cell."""
EFFECTS = ("category", "category_segment", "product", "product_segment")
WIDEST, NARROWEST = 2.0, 0.01
UNTOLD = 0.5
"""Spread of an effect that the data cannot tell from the mean (a shop with one category, say); it only widens what is
said of new ones."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Of every cell: posterior mean and standard deviation, and what a cell without estimate would get (`prior`)."""

    places: Sequence[Place]
    mean: Doubles
    sd: Doubles
    prior_mean: Doubles
    prior_sd: Doubles
    spreads: Mapping[str, float]
    segment_means: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Block:
    """One category: the design of its cells [n, segments], which have an estimate, the estimates and their errors'
    covariance, and the effects' patterns [4, n, n]."""

    cells: list[int]
    design: Doubles
    seen: list[int]
    estimates: Doubles
    errors: Doubles
    patterns: Doubles

    def covariance(self, variances: Doubles) -> Doubles:
        return np.asarray(np.tensordot(variances, self.patterns, axes=1))


def pool(places: Sequence[Place], own: Mapping[Cell, Estimate]) -> Pooled:
    """Posterior of every place; those whose (product, segment) is in `own` have an estimate.

    Raises ValueError where no place has one: there is nothing to borrow from.
    """
    if not any(place[1:] in own for place in places):
        raise ValueError("no product has an elasticity of its own: too few rows, or prices that never moved")
    segments = sorted({place[2] for place in places})
    blocks = _blocks(places, own, segments)
    variances = _spreads(blocks, places) ** 2
    means, uncertainty = _means(blocks, variances)
    result = np.zeros((4, len(places)))
    for block in blocks:
        result[:, block.cells] = _posterior(block, variances, means, uncertainty)
    return Pooled(
        places=list(places),
        mean=result[0],
        sd=result[1],
        prior_mean=result[2],
        prior_sd=result[3],
        spreads=dict(zip(EFFECTS, np.sqrt(variances).tolist(), strict=True)),
        segment_means=dict(zip(segments, means.tolist(), strict=True)),
    )


def _blocks(places: Sequence[Place], own: Mapping[Cell, Estimate], segments: list[str]) -> list[_Block]:
    found: dict[str, list[int]] = {}
    for number, (category, _, _) in enumerate(places):
        found.setdefault(category, []).append(number)
    return [_block([places[number] for number in cells], cells, own, segments) for cells in found.values()]


def _block(places: list[Place], cells: list[int], own: Mapping[Cell, Estimate], segments: list[str]) -> _Block:
    design = np.array([[float(place[2] == segment) for segment in segments] for place in places])
    same_segment = design @ design.T
    products = np.array([place[1] for place in places])
    same_product = (products[:, None] == products[None, :]).astype(np.float64)
    seen = [number for number, place in enumerate(places) if place[1:] in own]
    estimates = [own[places[number][1:]] for number in seen]
    errors = np.diag([estimate.se**2 for estimate in estimates]).reshape(len(seen), len(seen))
    for row, one in enumerate(estimates):
        for column in range(row):
            if products[seen[row]] == products[seen[column]]:
                errors[row, column] = errors[column, row] = _together(one, estimates[column])
    return _Block(
        cells=cells,
        design=design,
        seen=seen,
        estimates=np.array([estimate.mean for estimate in estimates]),
        errors=errors,
        patterns=np.stack([np.ones_like(same_segment), same_segment, same_product, same_product * same_segment]),
    )


def _together(one: Estimate, other: Estimate) -> float:
    """Covariance of two segments' errors, from the periods that both have; at most .95 of what would be perfect."""
    _, first, second = np.intersect1d(one.periods, other.periods, return_indices=True)
    shared = float(one.influence[first] @ other.influence[second])
    limit = 0.95 * one.se * other.se
    return float(np.clip(shared, -limit, limit))


def _spreads(blocks: list[_Block], places: Sequence[Place]) -> Doubles:
    """Standard deviations of the four effects; those that belong to segments are 0 where there is one."""
    from scipy.optimize import minimize

    several = len({place[2] for place in places}) > 1
    categories = sum(bool(block.seen) for block in blocks) > 1
    products = sum(len(block.seen) for block in blocks) > 1
    told = np.array([categories, categories and several, products, products and several])
    spreads = UNTOLD * np.array([1.0, several, 1.0, several])
    if not told.any():
        return spreads

    def cost(logs: Doubles) -> float:
        variances = spreads**2
        variances[told] = np.exp(2 * logs)
        return _restricted(blocks, variances) - float(logs.sum())

    bounds = [(np.log(NARROWEST), np.log(WIDEST))] * int(told.sum())
    found = minimize(cost, np.full(int(told.sum()), np.log(0.3)), method="L-BFGS-B", bounds=bounds)
    spreads[told] = np.exp(found.x)
    return spreads


def _equations(blocks: list[_Block], variances: Doubles) -> tuple[Doubles, Doubles, float]:
    """Generalised least squares of the segments' means: normal equations (left [S, S], right [S]), and the part of
    minus twice the log-likelihood that does not know the means."""
    segments = blocks[0].design.shape[1]
    gram, right, rest = np.zeros((segments, segments)), np.zeros(segments), 0.0
    for block in blocks:
        if not block.seen:
            continue
        noise = block.covariance(variances)[np.ix_(block.seen, block.seen)] + block.errors
        design = block.design[block.seen]
        solved = np.linalg.solve(noise, np.column_stack([design, block.estimates]))
        gram += design.T @ solved[:, :-1]
        right += design.T @ solved[:, -1]
        rest += float(block.estimates @ solved[:, -1] + np.linalg.slogdet(noise)[1])
    return gram, right, rest


def _restricted(blocks: list[_Block], variances: Doubles) -> float:
    """Minus the restricted log-likelihood, without its constant."""
    gram, right, rest = _equations(blocks, variances)
    gram += 1e-9 * np.eye(len(right))
    return 0.5 * float(rest - right @ np.linalg.solve(gram, right) + np.linalg.slogdet(gram)[1])


def _means(blocks: list[_Block], variances: Doubles) -> tuple[Doubles, Doubles]:
    """Means of the segments over the shop and their covariance; a segment without any estimate gets the mean of the
    others, and an uncertainty that says so."""
    gram, right, _ = _equations(blocks, variances)
    known = np.diag(gram) > 0
    usual = float(np.mean(np.concatenate([block.estimates for block in blocks])))
    means, uncertainty = np.full(len(right), usual), np.diag(np.full(len(right), WIDEST**2))
    inverse = np.linalg.inv(gram[np.ix_(known, known)])
    means[known] = inverse @ right[known]
    uncertainty[np.ix_(known, known)] = inverse
    return means, uncertainty


def _posterior(block: _Block, variances: Doubles, means: Doubles, uncertainty: Doubles) -> Doubles:
    """Posterior mean and spread, and those of a new product in the same category and segment: [4, n]."""
    truth = block.covariance(variances)
    inverse = np.asarray(np.linalg.inv(truth[np.ix_(block.seen, block.seen)] + block.errors), np.float64)
    design = block.design[block.seen]
    left = block.estimates - design @ means
    own = _predicted(truth, truth[:, block.seen], inverse)
    # what a product that was never seen has in common with the others: all but its own effects
    common = np.tensordot(variances[:2], block.patterns[:2], axes=1)
    fresh = _predicted(truth, common[:, block.seen], inverse)
    rows = []
    for gain, variance in (own, fresh):
        lever = block.design - gain @ design
        spread = variance + np.einsum("ij,jk,ik->i", lever, uncertainty, lever)
        rows += [block.design @ means + gain @ left, np.sqrt(np.maximum(spread, 0.0))]
    return np.stack(rows)


def _predicted(truth: Doubles, shared: Doubles, inverse: Doubles) -> tuple[Doubles, Doubles]:
    gain = shared @ inverse
    return gain, np.diag(truth) - np.einsum("ij,ij->i", gain, shared)
