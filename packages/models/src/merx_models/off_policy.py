"""What another policy would have earned, from the log of the one that ran: IPS, SNIPS and doubly robust estimates.

Horvitz & Thompson 1952; Swaminathan & Joachims 2015 (self-normalised); Dudik, Langford & Li 2011 (doubly robust).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Log:
    """N logged rounds: the reward, the probability with which the logging policy took the action it took, and the
    probability with which the policy in question would have taken it."""

    rewards: Doubles
    logged: Doubles
    target: Doubles

    def __post_init__(self) -> None:
        if not len(self.rewards) == len(self.logged) == len(self.target):
            raise ValueError("rewards and probabilities belong to the same rounds")
        if len(self.rewards) < 2:
            raise ValueError("an interval needs at least two rounds")
        if (self.logged <= 0).any() or (self.logged > 1).any():
            raise ValueError("what was logged had a probability above 0: without propensities there is no estimate")

    @property
    def weights(self) -> Doubles:
        return self.target / self.logged


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean reward a round, with its interval; `effective` is how many rounds of its own the log is worth."""

    value: float
    low: float
    high: float
    effective: float


def ips(log: Log, *, confidence: float = 0.95) -> Estimate:
    """Inverse propensity score: unbiased, and noisy where the policies differ."""
    terms = log.weights * log.rewards
    return _interval(terms.mean(), terms, log, confidence)


def snips(log: Log, *, confidence: float = 0.95) -> Estimate:
    """Self-normalised: divides by the weights instead of the rounds; a little biased, much steadier (delta method)."""
    weights = log.weights
    total = weights.mean()
    if total <= 0:
        raise ValueError("the policy in question never takes a logged action")
    value = float((weights * log.rewards).mean() / total)
    influence = weights * (log.rewards - value) / total
    return _interval(value, influence, log, confidence)


def doubly_robust(log: Log, *, expected: Doubles, of_logged: Doubles, confidence: float = 0.95) -> Estimate:
    """A reward model, corrected by what it got wrong on the log: right if either model or propensities are.

    `expected` [N] is the model's reward under the policy in question, `of_logged` [N] its reward of the logged action;
    the model must not have seen the round it predicts (see `cross_fitted`).
    """
    terms = expected + log.weights * (log.rewards - of_logged)
    return _interval(terms.mean(), terms, log, confidence)


def bernstein(log: Log, *, confidence: float = 0.95) -> Estimate:
    """IPS with an interval that holds for any sample size (empirical Bernstein, Maurer & Pontil 2009): wide, for gates
    where a wrong promotion is dear. Rewards lie in [0, 1]."""
    terms = log.weights * log.rewards
    rounds, reach = len(terms), float(log.weights.max())
    spread = np.log(4.0 / (1.0 - confidence))
    half = np.sqrt(2.0 * terms.var(ddof=1) * spread / rounds) + 7.0 * reach * spread / (3.0 * (rounds - 1))
    value = float(terms.mean())
    return Estimate(value, value - float(half), value + float(half), _effective(log.weights))


def lift(policy: Estimate, baseline: Doubles, *, confidence: float = 0.95) -> Estimate:
    """Relative gain of a policy over rounds that ran (0.1 is ten per cent); the two are independent (delta method)."""
    base = float(baseline.mean())
    if base <= 0:
        raise ValueError("no gain over a baseline that earned nothing")
    z = _z(confidence)
    sigma = (policy.high - policy.low) / (2.0 * z)
    noise = float(baseline.std(ddof=1)) / np.sqrt(len(baseline))
    ratio = policy.value / base
    half = z * float(np.hypot(sigma / base, ratio * noise / base))
    return Estimate(ratio - 1.0, ratio - 1.0 - half, ratio - 1.0 + half, policy.effective)


def cross_fitted(
    context: Doubles, actions: Ints, rewards: Doubles, *, arms: int, folds: int = 3, ridge: float = 10.0
) -> Doubles:
    """Expected reward [N, arms]: a ridge regression per arm on context and squares, folds predicted by the others."""
    basis = np.column_stack([np.ones(len(context)), context, context**2])
    fold = np.arange(len(context)) % folds
    expected = np.empty((len(context), arms))
    shrink = ridge * np.eye(basis.shape[1])
    shrink[0, 0] = 1e-6
    for held_out in range(folds):
        seen = fold != held_out
        overall = float(rewards[seen].mean())
        for arm in range(arms):
            own = seen & (actions == arm)
            design = basis[own]
            effect = np.linalg.solve(design.T @ design + shrink, design.T @ (rewards[own] - overall))
            expected[~seen, arm] = basis[~seen] @ effect + overall
    return np.clip(expected, rewards.min(), rewards.max())


def _interval(value: float, terms: Doubles, log: Log, confidence: float) -> Estimate:
    half = _z(confidence) * float(terms.std(ddof=1)) / np.sqrt(len(terms))
    return Estimate(float(value), float(value - half), float(value + half), _effective(log.weights))


def _effective(weights: Doubles) -> float:
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)
