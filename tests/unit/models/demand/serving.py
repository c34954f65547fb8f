"""What a service does: load a forecaster and ask it. Fails where a library of training was imported on the way."""

import sys
from pathlib import Path

import numpy as np

from merx_models.demand.features import Panel
from merx_models.demand.forecaster import DemandForecaster
from tests.unit.models.demand.shop import shop

TRAINING = {"torch", "lightgbm", "statsforecast", "onnx", "sklearn", "pandas"}
TARGETS = [(71, 1), (72, 2)]

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    found = DemandForecaster.load(folder / "forecaster").predict(Panel(shop()), TARGETS)
    imported = TRAINING & set(sys.modules)
    if imported:
        sys.exit(f"serving imported {sorted(imported)}")
    np.save(folder / "quantiles.npy", found.quantiles)
