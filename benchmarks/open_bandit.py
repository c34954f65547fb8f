"""The parts of `obp` that the off-policy benchmark reads: its synthetic bandit and the sample of the Open Bandit logs.

obp's metadata pins a torch of years ago and its top module wants plotting, so it is installed without dependencies and
its submodules are imported past the top module.
"""

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import skip

Doubles = NDArray[np.float64]
INSTALL = 'UV_FIND_LINKS="$PIP_FIND_LINKS" .venv/bin/uv pip install --no-deps --python .venv/bin/python obp'


@dataclass(frozen=True)
class World:
    """A finite population of contexts [N, D], with the true expected reward and the logging policy, both [N, A]."""

    contexts: Doubles
    expected: Doubles
    logging: Doubles


@dataclass(frozen=True)
class Clicks:
    """Logged rounds: item and place shown, whether it was clicked, and the probability with which it was shown."""

    items: NDArray[np.int64]
    clicks: Doubles
    propensity: Doubles


def obp_folder() -> Path:
    return Path(next(iter(_spec().submodule_search_locations or ())))


def _spec() -> ModuleSpec:
    found = importlib.util.find_spec("obp")
    if found is None:
        skip(f"obp is not installed; it goes beside the environment, without its dependencies: {INSTALL}")
    return found


def synthetic_world(seed: int, *, size: int, arms: int, dim: int) -> World:
    """`size` rounds of obp's synthetic bandit: logistic rewards, a logging policy linear in the context."""
    if "obp" not in sys.modules:
        sys.modules["obp"] = importlib.util.module_from_spec(_spec())  # there, but never run
    synthetic: Any = importlib.import_module("obp.dataset.synthetic")
    bandit = synthetic.SyntheticBanditDataset(
        n_actions=arms,
        dim_context=dim,
        reward_type="binary",
        reward_function=synthetic.logistic_reward_function,
        behavior_policy_function=synthetic.linear_behavior_policy,
        beta=1.0,
        random_state=seed,
    )
    rounds = bandit.obtain_batch_bandit_feedback(n_rounds=size)
    return World(rounds["context"], rounds["expected_reward"], rounds["pi_b"][:, :, 0])


def open_bandit(policy: str) -> Clicks:
    """The sample of 10,000 rounds that obp carries; `policy` is "random" (uniform) or "bts" (Thompson)."""
    import pandas as pd

    path = obp_folder() / "dataset" / "obd" / policy / "all" / "all.csv"
    table = pd.read_csv(path, usecols=["item_id", "click", "propensity_score"])
    return Clicks(
        table["item_id"].to_numpy(dtype=np.int64),
        table["click"].to_numpy(dtype=np.float64),
        table["propensity_score"].to_numpy(dtype=np.float64),
    )
