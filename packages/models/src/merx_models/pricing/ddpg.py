"""A price policy learned by deep deterministic policy gradient (Lillicrap et al. 2016); it serves without torch."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from merx_models.pricing.demand import Doubles
from merx_models.pricing.observations import WIDTH, observe, price_of
from merx_models.pricing.task import Seller, Task

WEIGHTS, DESCRIPTION = "actor.npz", "actor.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DdpgSettings:
    """`steps` are weeks of simulated selling, `noise` the spread of what is added to actions (-1 to 1) to explore."""

    steps: int = 6_000
    units: tuple[int, ...] = (64, 64)
    rate: float = 1e-3
    batch: int = 128
    begin_after: int = 500
    noise: float = 0.3
    discount: float = 0.99


class Ddpg:
    """The actor alone: weights and biases of a network from what is observed to a place between the lowest and the
    highest price."""

    name = "DDPG"

    def __init__(self, layers: Sequence[tuple[Doubles, Doubles]], settings: DdpgSettings) -> None:
        """Raises ValueError where the network does not take what `observations.observe` gives."""
        if not layers or layers[0][0].shape[1] != WIDTH or layers[-1][0].shape[0] != 1:
            raise ValueError(f"the actor takes {WIDTH} numbers and gives one")
        self.layers, self.settings = list(layers), settings

    @classmethod
    def fit(cls, tasks: Sequence[Task], *, settings: DdpgSettings | None = None, seed: int = 0) -> "Ddpg":
        """Learn on seasons of `tasks`; the same seed gives the same policy on the same machine."""
        import torch
        from stable_baselines3 import DDPG
        from stable_baselines3.common.noise import NormalActionNoise

        from merx_models.pricing.environment import PricingEnv

        chosen = settings or DdpgSettings()
        torch.set_num_threads(1)
        learner = DDPG(
            "MlpPolicy",
            PricingEnv(tasks),
            learning_rate=chosen.rate,
            batch_size=chosen.batch,
            buffer_size=chosen.steps,
            learning_starts=chosen.begin_after,
            gamma=chosen.discount,
            action_noise=NormalActionNoise(np.zeros(1), np.full(1, chosen.noise)),
            policy_kwargs={"net_arch": list(chosen.units)},
            seed=seed,
            device="cpu",
        )
        learner.learn(chosen.steps)
        weights = [array.detach().numpy().astype(np.float64) for array in learner.actor.mu.parameters()]
        return cls(list(zip(weights[::2], weights[1::2], strict=True)), chosen)

    def action(self, seen: Doubles) -> float:
        """Between -1 and 1."""
        hidden = np.asarray(seen, np.float64)
        for weight, bias in self.layers[:-1]:
            hidden = np.maximum(weight @ hidden + bias, 0.0)
        weight, bias = self.layers[-1]
        return float(np.tanh(weight @ hidden + bias)[0])

    def begin(self, task: Task) -> Seller:
        return lambda state: price_of(task, self.action(observe(task, state).astype(np.float64)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {}
        for place, (weight, bias) in enumerate(self.layers):
            arrays[f"weight{place}"], arrays[f"bias{place}"] = weight, bias
        np.savez(folder / WEIGHTS, **arrays)
        (folder / DESCRIPTION).write_text(json.dumps(asdict(self.settings)))

    @classmethod
    def load(cls, folder: Path) -> "Ddpg":
        """What `save` wrote. Raises ValueError where it takes other observations, OSError where it is not there."""
        described = json.loads((folder / DESCRIPTION).read_text())
        settings = DdpgSettings(**{**described, "units": tuple(described["units"])})
        with np.load(folder / WEIGHTS) as stored:
            count = len(stored.files) // 2
            return cls([(stored[f"weight{place}"], stored[f"bias{place}"]) for place in range(count)], settings)
