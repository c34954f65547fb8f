"""Whose energy it was: each slot's joules of a process go to the calls that it answered in that slot.

A call costs what the other calls of its process cost in the same slot. So versions are told apart where they run in
processes of their own (a canary) or at other times; two arms that one process mixes cost the same for each call by
construction, and differ by how many calls they take. Energy of slots without a call is idle: it has a row of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from merx_kit.energy.history import Floats, Slots
from merx_kit.energy.reading import Account, MadeBy, Place, Reading
from merx_kit.energy.settings import EnergySettings

JOULES_PER_KWH = 3.6e6
IDLE = "(idle)"
"""In the place of a model version: energy that was used while no call was answered."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """Energy at the devices; `estimated_joules` is the part that nothing measured."""

    namespace: str
    service: str
    model_version: str
    arm: str
    calls: float
    gpu_joules: float
    cpu_joules: float
    estimated_joules: float
    grams_co2e: float

    @property
    def joules(self) -> float:
        return self.gpu_joules + self.cpu_joules

    @property
    def basis(self) -> str:
        """measured, estimated, or mixed."""
        if not self.estimated_joules:
            return "measured"
        return "estimated" if self.estimated_joules >= self.joules * (1 - 1e-9) else "mixed"

    @property
    def joules_per_1000_calls(self) -> float | None:
        return 1000 * self.joules / self.calls if self.calls else None

    @property
    def grams_per_1000_calls(self) -> float | None:
        return 1000 * self.grams_co2e / self.calls if self.calls else None


@dataclass(frozen=True, kw_only=True)
class ServiceCost:
    """A service as a whole, its idle energy included. Requests within the objective need the chart's rules."""

    namespace: str
    service: str
    calls: float
    joules: float
    idle_joules: float
    estimated_joules: float
    grams_co2e: float
    gpu_hours: float
    requests_within_slo: float | None
    euro: float | None

    @property
    def joules_per_1000_calls(self) -> float | None:
        return 1000 * self.joules / self.calls if self.calls else None

    @property
    def grams_per_1000_calls(self) -> float | None:
        return 1000 * self.grams_co2e / self.calls if self.calls else None

    @property
    def gpu_hours_per_million_within_slo(self) -> float | None:
        return 1e6 * self.gpu_hours / self.requests_within_slo if self.requests_within_slo else None

    @property
    def euro_per_million_within_slo(self) -> float | None:
        if self.euro is None or not self.requests_within_slo:
            return None
        return 1e6 * self.euro / self.requests_within_slo


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """`rows` add up to `services`, and both to all the energy that was read."""

    start: float
    end: float
    step_s: int
    settings: EnergySettings
    rows: tuple[Row, ...]
    services: tuple[ServiceCost, ...]


@dataclass
class _Sum:
    calls: float = 0.0
    gpu: float = 0.0
    cpu: float = 0.0
    estimated: float = 0.0

    def take(self, account: Account, share: Floats, *, called: bool) -> None:
        self.calls += float(account.calls @ share) if called else 0.0
        self.gpu += float(account.gpu_joules @ share)
        self.cpu += float(account.cpu_joules @ share)
        self.estimated += float((account.cpu_joules * account.estimated) @ share)


def ledger_of(reading: Reading, slots: Slots, settings: EnergySettings) -> Ledger:
    """Pure: the same reading gives the same ledger."""
    sums: dict[tuple[str, str, str, str], _Sum] = defaultdict(_Sum)
    for account in reading.accounts:
        for (version, arm), share in shares(account).items():
            key = (account.namespace, account.service, version, arm)
            sums[key].take(account, share, called=version != IDLE)
    rows = tuple(
        _row(key, total, settings) for key, total in sorted(sums.items()) if total.calls or total.gpu or total.cpu
    )
    return Ledger(
        start=slots.start,
        end=slots.end,
        step_s=slots.step_s,
        settings=settings,
        rows=rows,
        services=tuple(_services(reading, rows, settings)),
    )


def shares(account: Account) -> dict[MadeBy, Floats]:
    """How much of each slot is whose: for every slot they add up to 1."""
    called = account.calls > 0
    named = np.sum(list(account.made_by.values()), axis=0) if account.made_by else np.zeros(len(called))
    divided = called & (named > 0)
    found: dict[MadeBy, Floats] = {(IDLE, ""): (~called).astype(np.float64)}
    for maker, answers in account.made_by.items():
        found[maker] = np.where(divided, answers / np.where(divided, named, 1), 0.0)
    for slot in np.flatnonzero(called & ~divided):
        maker = (account.versions[slot] if account.versions else "", "")
        found.setdefault(maker, np.zeros(len(called)))[slot] += 1
    return found


def _row(key: tuple[str, str, str, str], total: _Sum, settings: EnergySettings) -> Row:
    namespace, service, version, arm = key
    return Row(
        namespace=namespace,
        service=service,
        model_version=version,
        arm=arm,
        calls=total.calls,
        gpu_joules=total.gpu,
        cpu_joules=total.cpu,
        estimated_joules=total.estimated,
        grams_co2e=grams(total.gpu + total.cpu, settings),
    )


def grams(joules: float, settings: EnergySettings) -> float:
    """CO2e in grams of so many joules at the devices, the building's share added."""
    return joules * settings.pue / JOULES_PER_KWH * settings.grams_per_kwh


def _services(reading: Reading, rows: Iterable[Row], settings: EnergySettings) -> Iterable[ServiceCost]:
    of_service: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        of_service[row.namespace, row.service].append(row)
    hours: dict[Place, float] = defaultdict(float)
    for account in reading.accounts:
        hours[account.namespace, account.service] += float(account.gpu_hours.sum())
    for place, parts in sorted(of_service.items()):
        joules, price = sum(row.joules for row in parts), settings.euro_per_gpu_hour
        yield ServiceCost(
            namespace=place[0],
            service=place[1],
            calls=sum(row.calls for row in parts),
            joules=joules,
            idle_joules=sum(row.joules for row in parts if row.model_version == IDLE),
            estimated_joules=sum(row.estimated_joules for row in parts),
            grams_co2e=grams(joules, settings),
            gpu_hours=hours[place],
            requests_within_slo=reading.within_slo.get(place),
            euro=None if price is None else hours[place] * price,
        )
