"""From series to accounts: for each process of Merx its calls, what answered them, and the energy of its pod."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from merx_kit.energy.history import Bools, Floats, History, Series, increase, measured
from merx_kit.energy.settings import EnergySettings

PROCESSES = "merx_http_requests_in_flight"
CALLS = 'merx_http_requests_total{route!~"/livez|/readyz|/metrics|/openapi.json|/docs|/v2/health/.*"}'
MADE_BY = "merx_exposures_by_model_total"
IN_SERVICE = "merx_model_in_service == 1"
WITHIN_SLO = "merx:requests_within_slo:rate5m"
GPU_ENERGY_MJ = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
GPU_POWER_W = "DCGM_FI_DEV_POWER_USAGE"
KEPLER = 'max by (pod_namespace, pod_name, pod_id, zone) (kepler_pod_cpu_joules_total{zone=~"package|dram"})'
"""Kepler 0.10 and later. Zone core is part of package; a pod that ends is told under two states."""
KEPLER_BEFORE = '{__name__=~"kepler_container_(package|dram)_joules_total"}'
"""Kepler before 0.10; its GPU energy is left out, which DCGM measures."""
CONTAINER_CPU = 'container_cpu_usage_seconds_total{container!="", container!="POD"}'
PROCESS_CPU = "process_cpu_seconds_total"

Place = tuple[str, str]
"""Namespace, and pod; where there are no pods, the address that is scraped."""
MadeBy = tuple[str, str]
"""Model version, experiment arm."""


@dataclass
class Account:
    """One process of a service; every array has one number for each slot."""

    namespace: str
    service: str
    calls: Floats
    gpu_joules: Floats
    gpu_hours: Floats
    cpu_joules: Floats
    estimated: Bools
    """Slots whose `cpu_joules` are processor seconds times watts."""
    made_by: dict[MadeBy, Floats] = field(default_factory=dict)
    """Answers that named their maker."""
    versions: tuple[str, ...] = ()
    """Of models in service at the end of each slot, for answers that named none."""


@dataclass(frozen=True)
class Reading:
    """`within_slo`: requests by (namespace, service); empty where Prometheus has no such rule."""

    accounts: tuple[Account, ...]
    within_slo: Mapping[Place, float]


def read_accounts(history: History, settings: EnergySettings) -> Reading:
    """Reads all that the ledger needs. Raises `EnergyError`."""
    processes = {_place(series): series for series in history.at_edges(PROCESSES)}
    accounts = {place: _account(series, history.slots.count) for place, series in processes.items()}
    for series in history.at_edges(CALLS):
        if (place := _place(series)) in accounts:
            accounts[place].calls += increase(series.values, existed=processes[place].present)
    _read_makers(history, accounts, processes)
    _read_gpus(history, accounts)
    _read_processors(history, accounts, settings.watts_per_core)
    within = {_owner(series): _total(series, history.slots.step_s) for series in history.at_edges(WITHIN_SLO)}
    return Reading(tuple(accounts.values()), within)


def _account(process: Series, slots: int) -> Account:
    namespace, service = _owner(process)
    none = np.zeros(slots)
    return Account(namespace, service, none.copy(), none.copy(), none.copy(), none.copy(), none.astype(np.bool_))


def _owner(series: Series) -> Place:
    return series.labels.get("namespace", ""), series.labels.get("job", "")


def _total(series: Series, step_s: int) -> float:
    """Events of a rate per second that was known at the edges."""
    return float(np.nansum(series.values[1:]) * step_s)


def _place(series: Series) -> Place:
    labels = series.labels
    return labels.get("namespace", ""), labels.get("pod") or labels.get("instance", "")


def _holder(series: Series) -> Place:
    """Of a GPU: dcgm-exporter's own labels, which Prometheus renames where it has such itself."""
    labels = series.labels
    if labels.get("exported_pod"):
        return labels.get("exported_namespace", ""), labels["exported_pod"]
    return labels.get("namespace", ""), labels.get("pod", "")


def _read_makers(history: History, accounts: Mapping[Place, Account], processes: Mapping[Place, Series]) -> None:
    for series in history.at_edges(MADE_BY):
        if (place := _place(series)) in accounts:
            made_by = accounts[place].made_by
            maker = (series.labels.get("model_version", ""), series.labels.get("arm", ""))
            grown = increase(series.values, existed=processes[place].present)
            made_by[maker] = made_by.get(maker, 0.0) + grown
    serving: dict[Place, list[Series]] = defaultdict(list)
    for series in history.at_edges(IN_SERVICE):
        serving[_place(series)].append(series)
    for place, account in accounts.items():
        account.versions = tuple(
            "+".join(sorted(_label(one) for one in serving[place] if one.present[slot + 1]))
            for slot in range(history.slots.count)
        )


def _label(series: Series) -> str:
    return f"{series.labels.get('model', '')}/{series.labels.get('version', '')}"


def _read_gpus(history: History, accounts: Mapping[Place, Account]) -> None:
    """A GPU that several pods hold, by slices or in turns, is told once for each with the whole device's numbers: its
    energy, and its time, are split equally between those that hold it at the end of the slot."""
    slots = history.slots
    counters = _by_device(history.at_edges(GPU_ENERGY_MJ))
    gauges = _by_device(history.at_edges(f"avg_over_time({GPU_POWER_W}[{slots.step_s}s])"))
    for device in {**counters, **gauges}:
        holders = counters.get(device) or gauges[device]
        if device in counters:
            joules = increase(_highest(holders)) / 1000
        else:
            joules = np.nan_to_num(_highest(holders)[1:]) * slots.step_s
        held = {place: np.any([one.present for one in _at(holders, place)], axis=0)[1:] for place in _places(holders)}
        several = np.maximum(np.sum(list(held.values()), axis=0), 1)
        for place, holds in held.items():
            if place in accounts:
                accounts[place].gpu_joules += joules * holds / several
                accounts[place].gpu_hours += holds / several * slots.step_s / 3600


def _by_device(found: Iterable[Series]) -> dict[str, list[Series]]:
    devices: dict[str, list[Series]] = defaultdict(list)
    for series in found:
        devices[series.labels.get("UUID") or series.labels.get("gpu", "")].append(series)
    return devices


def _places(holders: Iterable[Series]) -> set[Place]:
    return {_holder(series) for series in holders}


def _at(holders: Iterable[Series], place: Place) -> list[Series]:
    return [series for series in holders if _holder(series) == place]


def _highest(told: Iterable[Series]) -> Floats:
    """Of what is told several times; NaN where nobody tells."""
    values = np.array([series.values for series in told])
    highest: Floats = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    return np.where(np.isfinite(highest), highest, np.nan)


def _read_processors(history: History, accounts: Mapping[Place, Account], watts_per_core: float) -> None:
    """By slot, the best that there is: Kepler, the container's processor seconds, the process's own."""
    found: tuple[tuple[str, str, str, float], ...] = (
        (KEPLER, "pod_namespace", "pod_name", 1.0),
        (KEPLER_BEFORE, "container_namespace", "pod_name", 1.0),
        (CONTAINER_CPU, "namespace", "pod", watts_per_core),
        (PROCESS_CPU, "namespace", "pod", watts_per_core),
    )
    open_slots = {place: np.ones(history.slots.count, dtype=np.bool_) for place in accounts}
    for query, namespace, pod, joules_each in found:
        told: dict[Place, list[Series]] = defaultdict(list)
        for series in history.at_edges(query):
            at = series.labels.get(namespace, ""), series.labels.get(pod) or series.labels.get("instance", "")
            told[at].append(series)
        for place in accounts.keys() & told.keys():
            account, left = accounts[place], open_slots[place]
            known = left & np.any([measured(series.values) for series in told[place]], axis=0)
            joules = np.sum([increase(series.values) for series in told[place]], axis=0) * joules_each
            account.cpu_joules[known] = joules[known]
            account.estimated[known] = query in {CONTAINER_CPU, PROCESS_CPU}
            open_slots[place] = left & ~known
