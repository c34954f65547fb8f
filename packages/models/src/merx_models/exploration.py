"""Showing products that nobody knows well: Thompson sampling with exactly known propensities.

Thompson sampling itself has no closed form for the probability of an arm. Here that probability is worked out by
simulation when the model is made, mixed with a floor, and the result IS the policy: draws come from it, so the logged
propensity is exact and off-policy estimates are unbiased.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThompsonSettings:
    """`floor` of the probability is spread evenly. The prior has the pool's mean success rate and weighs as many trials
    as the spread of the arms' rates asks for (empirical Bayes), at least `prior_trials` and at most `prior_most`: where
    the arms differ by no more than chance, hardly any arm is preferred."""

    prior_trials: float = 50.0
    prior_most: float = 5_000.0
    floor: float = 0.1
    simulations: int = 4_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Arms:
    """The pool of products to explore, and what is known of each: times shown, times wanted."""

    rows: Rows
    trials: Doubles
    successes: Doubles

    def __post_init__(self) -> None:
        if not len(self.rows) == len(self.trials) == len(self.successes):
            raise ValueError("every arm has a row, trials and successes")
        if (self.successes > self.trials).any() or (self.successes < 0).any():
            raise ValueError("successes lie between 0 and trials")


class Thompson:
    """A Beta-Bernoulli bandit (Thompson 1933; Chapelle & Li 2011) over a pool of products."""

    def __init__(self, arms: Arms, probabilities: Doubles, settings: ThompsonSettings) -> None:
        self.arms, self.probabilities, self.settings = arms, probabilities, settings

    @classmethod
    def fit(cls, arms: Arms, *, settings: ThompsonSettings | None = None) -> "Thompson":
        """Work out the probability of each arm being drawn first; they add up to 1."""
        chosen = settings or ThompsonSettings()
        if len(arms.rows) == 0:
            return cls(arms, np.empty(0), chosen)
        rng = np.random.default_rng(chosen.seed)
        alpha, beta = posterior(arms, chosen)
        wins = np.zeros(len(arms.rows))
        for _ in range(0, chosen.simulations, 100):
            drawn = rng.beta(alpha, beta, size=(100, len(alpha)))
            wins += np.bincount(drawn.argmax(axis=1), minlength=len(alpha))
        shares = (1.0 - chosen.floor) * wins / wins.sum() + chosen.floor / len(wins)
        return cls(arms, shares / shares.sum(), chosen)

    def draw(self, k: int, rng: np.random.Generator) -> tuple[Rows, Floats]:
        """`k` distinct rows in the order drawn, each with the probability it had, given those drawn before it."""
        k = min(k, len(self.probabilities))
        if k <= 0:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        # the largest log p + Gumbel noise are draws without replacement, in order
        keys = np.log(self.probabilities) + rng.gumbel(size=len(self.probabilities))
        picked = np.argsort(-keys)[:k]
        own = self.probabilities[picked]
        left = 1.0 - np.r_[0.0, np.cumsum(own)[:-1]]
        return self.arms.rows[picked], (own / np.maximum(left, 1e-12)).astype(np.float32)

    def learn(self, trials: Doubles, successes: Doubles) -> "Thompson":
        """The bandit after more was shown: counts by arm, added to what was known."""
        known = Arms(self.arms.rows, self.arms.trials + trials, self.arms.successes + successes)
        settings = ThompsonSettings(**{**asdict(self.settings), "seed": self.settings.seed + 1})
        return Thompson.fit(known, settings=settings)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(
            folder / "thompson.npz",
            probabilities=self.probabilities,
            rows=self.arms.rows,
            trials=self.arms.trials,
            successes=self.arms.successes,
        )
        (folder / "thompson.json").write_text(json.dumps(asdict(self.settings)))

    @classmethod
    def load(cls, folder: Path) -> "Thompson":
        settings = ThompsonSettings(**json.loads((folder / "thompson.json").read_text()))
        with np.load(folder / "thompson.npz") as stored:
            arms = Arms(stored["rows"], stored["trials"], stored["successes"])
            return cls(arms, stored["probabilities"], settings)


def posterior(arms: Arms, settings: ThompsonSettings) -> tuple[Doubles, Doubles]:
    """Beta parameters of each arm: what was seen, on a prior with the pool's own mean (one success imagined)."""
    mean = (arms.successes.sum() + 1.0) / (arms.trials.sum() + settings.prior_trials)
    mean = float(np.clip(mean, 1e-4, 0.5))
    weight = prior_weight(arms, mean, settings)
    return arms.successes + mean * weight, arms.trials - arms.successes + (1.0 - mean) * weight


def prior_weight(arms: Arms, mean: float, settings: ThompsonSettings) -> float:
    """Trials that the prior counts for, by the method of moments of the beta-binomial (Kleinman 1973)."""
    shown = arms.trials > 0
    trials, successes = arms.trials[shown], arms.successes[shown]
    free = len(trials) - 1
    room = float(trials.sum() - (trials**2).sum() / max(float(trials.sum()), 1.0)) - free
    if free < 1 or room <= 0:
        return settings.prior_trials
    spread = float((trials * (successes / trials - mean) ** 2).sum()) / (mean * (1.0 - mean))
    correlation = (spread - free) / room
    weight = 1.0 / correlation - 1.0 if correlation > 0 else settings.prior_most
    return float(np.clip(weight, settings.prior_trials, settings.prior_most))


def new_products(sales: NDArray[np.int64], first_seen_days: Floats, *, max_sales: int, max_age_days: float) -> Rows:
    """Rows worth exploring: on sale for at most `max_age_days`, and sold at most `max_sales` times so far."""
    fresh = (first_seen_days <= max_age_days) & (sales <= max_sales)
    return np.flatnonzero(fresh).astype(np.int32)
