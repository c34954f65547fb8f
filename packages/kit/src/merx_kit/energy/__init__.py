"""The energy ledger: joules, grams of CO2e and GPU-hours by service, model version and experiment arm.

Everything is read from Prometheus; `python -m merx_kit.energy` prints it. docs/observability.md has the assumptions.
"""

from merx_kit.energy.history import EnergyError, History, Slots
from merx_kit.energy.ledger import Ledger, Row, ServiceCost, ledger_of
from merx_kit.energy.reading import read_accounts
from merx_kit.energy.settings import EnergySettings

__all__ = [
    "EnergyError",
    "EnergySettings",
    "History",
    "Ledger",
    "Row",
    "ServiceCost",
    "Slots",
    "ledger_of",
    "read_accounts",
]
