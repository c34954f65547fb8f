"""Made-up purchase histories with an order to find: shoppers walk along a ring, within one of five departments."""

import numpy as np
from scipy import sparse

from merx_models.attributes import attribute_matrix
from merx_models.product_index import Rows

PRODUCTS = 60
DEPARTMENTS = 5
EACH = PRODUCTS // DEPARTMENTS


def histories(shoppers: int = 400, seed: int = 7) -> list[Rows]:
    """Each next product is one or two further on in the department's ring; one in ten is anything at all."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(shoppers):
        department, place = rng.integers(DEPARTMENTS), rng.integers(EACH)
        history = []
        for _ in range(rng.integers(4, 10)):
            stray = rng.random() < 0.1
            history.append(rng.integers(PRODUCTS) if stray else department * EACH + place % EACH)
            place += rng.integers(1, 3)
        found.append(np.array(history, dtype=np.int32))
    return found


def labels() -> sparse.csr_matrix:
    """The department of each product, and for all of them one label that says nothing."""
    return attribute_matrix([[row // EACH, DEPARTMENTS] for row in range(PRODUCTS)])


def hit_rate(model: object, test: list[Rows], k: int = 5) -> float:
    """How often the last product of a history is among the k best new ones after the rest of it."""
    hits = []
    for history in test:
        best = model.top(history[:-1], None, k + len(history))[0]  # type: ignore[attr-defined]
        hits.append(history[-1] in best[~np.isin(best, history[:-1])][:k])
    return float(np.mean(hits))
