"""The forecaster: members learn, a backtest says who serves which family and how far it strays.

Everything that is chosen (who serves, calibration, the move of the point) is chosen on forecasts of periods that
the members who made them had not seen: first those of a backtest, later those that `refit` finds come true.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from merx_models.demand.baselines import BaselineDemand
from merx_models.demand.boosted import BoostedDemand
from merx_models.demand.calibration import Calibration, Scored
from merx_models.demand.features import Panel
from merx_models.demand.learned import Learned
from merx_models.demand.quantiles import LEVELS, Aim
from merx_models.demand.recurrent import RecurrentDemand
from merx_models.demand.rows import DemandRows, rows_at, together, training_rows
from merx_models.demand.sales import Doubles, Ints, SalesError
from merx_models.sealed import FolderDamaged, check_digests, description_of, digests_of

DESCRIPTION, FORMAT = "forecaster.json", 1
SCORED_HIDDEN = 0.2
"""Share of rows that a backtest also forecasts as new: more than in training, for new products are calibrated apart."""
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError)
"""What json, numpy and onnxruntime (RuntimeError) raise on files that are not what `save` wrote."""


class ForecasterDamaged(FolderDamaged):
    """A folder that must not be served: `file` says where, the message why."""


class Member(Protocol):
    """A model that forecasts quantiles [n, 9] of log1p of units."""

    name: str

    def predict(self, rows: DemandRows) -> Doubles: ...
    def save(self, folder: Path) -> None: ...


KINDS: Mapping[str, Any] = {kind.name: kind for kind in (BoostedDemand, RecurrentDemand, BaselineDemand)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSettings:
    """`horizons` in periods; the last `backtest` periods are forecast once without having been learned from, and what
    was forecast stays in the calibration for `memory` periods, weighing half after `half_life`. `members` name whom to
    train; `aim` is what the point forecast is for (see `merx_models.demand.quantiles.point`); `settings` are those of
    the members by name."""

    horizons: tuple[int, ...] = (1, 2, 3, 4)
    backtest: int = 16
    memory: int = 52
    half_life: float = 26.0
    members: tuple[str, ...] = ("boosted", "recurrent", "baselines")
    aim: Aim = "mean"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """n forecasts: series, period (row and column of the table), horizon and newness [n]; quantiles [n, 9] and point
    [n] in units; `member` [n] is the place among `members` of who made it."""

    series: Ints
    period: Ints
    horizon: Ints
    newness: Ints
    quantiles: Doubles
    point: Doubles
    members: tuple[str, ...]
    member: Ints

    def __len__(self) -> int:
        return len(self.point)


class DemandForecaster:
    """Members, and the calibration of what they say together."""

    def __init__(
        self,
        settings: ForecastSettings,
        members: Mapping[str, Member],
        learned: Learned,
        *,
        calibration: Calibration,
        scored: Scored | None = None,
    ) -> None:
        self.settings = settings
        self.members = dict(members)
        self.learned = learned
        self.calibration = calibration
        self.scored = scored

    @classmethod
    def fit(
        cls, panel: Panel, origin: int, *, settings: ForecastSettings | None = None, seed: int = 0
    ) -> "DemandForecaster":
        """Learn from what was sold up to column `origin`; later sales in the panel are not read.

        Members are trained twice: up to the backtest, to choose and calibrate, and then on everything. Raises
        SalesError where there is nothing to learn from.
        """
        chosen = settings or ForecastSettings()
        _check_known(panel, origin)
        seen, learned = Panel(panel.table.until(origin)), Learned.at(panel.table, origin)
        start = max(origin - chosen.backtest, 0)
        earlier = _train(seen, start, chosen, seed=seed, start={})
        members = _train(seen, origin, chosen, seed=seed, start=earlier)
        scored = _score(earlier, _rows_since(seen, start, origin, settings=chosen, seed=seed), learned)
        return cls._calibrated(chosen, members, learned, scored)

    def refit(self, panel: Panel, origin: int, *, seed: int = 0) -> "DemandForecaster":
        """A forecaster for a later origin: this one's members forecast what came since, which joins the calibration;
        then they learn it. Raises SalesError."""
        self.learned.check(panel.table)
        _check_known(panel, origin)
        before = self.learned.period - panel.table.first
        if origin <= before:
            raise SalesError(
                f"time: period {panel.table.first + origin} is not after {self.learned.period}, the last learned from"
            )
        seen, learned = Panel(panel.table.until(origin)), Learned.at(panel.table, origin, before=self.learned)
        settings = replace(self.settings, members=tuple(self.members))  # a loaded one has those that served
        scored = _score(self.members, _rows_since(seen, max(before, 0), origin, settings=settings, seed=seed), learned)
        if self.scored is not None:
            scored = self.scored.after(learned.period - settings.memory).joined(scored)
        members = _train(seen, origin, settings, seed=seed, start=self.members)
        return self._calibrated(settings, members, learned, scored)

    @classmethod
    def _calibrated(
        cls, settings: ForecastSettings, members: Mapping[str, Member], learned: Learned, scored: Scored
    ) -> "DemandForecaster":
        calibration = Calibration.fit(
            tuple(members), scored, now=learned.period, half_life=settings.half_life, aim=settings.aim
        )
        return cls(settings, members, learned, calibration=calibration, scored=scored)

    def predict(
        self, panel: Panel, targets: Sequence[tuple[int, int]], *, series: Sequence[str] | None = None
    ) -> DemandForecast:
        """`series` (all without) at each (column, horizon) of `targets`, target by target; sales after
        column - horizon are not read. A series without sales takes what is known of its product elsewhere, or of its
        category. Raises SalesError."""
        for period, horizon in targets:
            self._check_target(panel, period, horizon)
        rows = together([rows_at(panel, period, horizon) for period, horizon in targets])
        if series is not None:
            wanted = panel.table.rows_of(series)
            size = len(panel.table.names)
            rows = rows.take(np.concatenate([number * size + wanted for number in range(len(targets))]))
        return self.forecast(rows)

    def forecast(self, rows: DemandRows) -> DemandForecast:
        """Of rows made elsewhere, in their order."""
        self.learned.check(rows.panel.table)
        family, choice = self.learned.family(rows), self.calibration.choice
        nothing, used = np.zeros((len(rows), len(LEVELS))), choice.used()
        parts = [self.members[name].predict(rows) if name in used else nothing for name in choice.members]
        logged = self.calibration.quantiles(parts, family, rows.newness)
        return DemandForecast(
            series=rows.series,
            period=rows.period,
            horizon=rows.horizon,
            newness=rows.newness,
            quantiles=np.expm1(logged),
            point=self.calibration.point(logged, self.settings.aim),
            members=choice.members,
            member=choice.of_families(family),
        )

    def _check_target(self, panel: Panel, period: int, horizon: int) -> None:
        table, longest = panel.table, max(self.settings.horizons)
        if not 0 <= period < table.periods:
            raise SalesError(
                f"time: period {table.first + period} is not in the table, which ends with "
                f"{table.first + table.periods - 1}; read it with room ahead"
            )
        if not 1 <= horizon <= longest:
            raise SalesError(f"horizon: {horizon}, but this forecaster learned up to {longest}")
        _check_known(panel, period - horizon)

    def save(self, folder: Path) -> None:
        """A folder for each member that serves, and a description that seals them; what calibrated it stays behind."""
        folder.mkdir(parents=True, exist_ok=True)
        used = self.calibration.choice.used()
        for name in used:
            self.members[name].save(folder / name)
        files = [f"{name}/{path.name}" for name in used for path in sorted((folder / name).iterdir())]
        described = {
            "format": FORMAT,
            "settings": asdict(self.settings) | {"settings": {}},
            "learned": asdict(self.learned),
            "calibration": self.calibration.described(),
            "members": used,
            "files": digests_of(folder, files),
        }
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote, to forecast with; without the libraries of training. Raises ForecasterDamaged."""
        described = description_of(folder, DESCRIPTION, FORMAT, ForecasterDamaged)
        check_digests(folder, described["files"], ForecasterDamaged)
        try:
            given = described["settings"]
            lists = {name: tuple(given[name]) for name in ("horizons", "members")}
            settings, learned = ForecastSettings(**(given | lists)), Learned.of(described["learned"])
            calibration = Calibration.of(described["calibration"])
            members = {name: KINDS[name].load(folder / name) for name in described["members"]}
        except UNREADABLE as error:
            raise ForecasterDamaged(folder, DESCRIPTION, f"cannot be read: {error!r}") from error
        return cls(settings, members, learned, calibration=calibration)


def _check_known(panel: Panel, origin: int) -> None:
    """Forecasts start from a period in which something is known, or they would reach further than they say."""
    table = panel.table
    if not 0 <= origin < table.periods or not np.isfinite(table.sold[:, origin]).any():
        raise SalesError(f"value: no series has sales in period {table.first + origin}, which a forecast starts from")


def _train(
    panel: Panel, origin: int, settings: ForecastSettings, *, seed: int, start: Mapping[str, Member]
) -> dict[str, Member]:
    periods = range(min(settings.horizons), origin + 1)
    rows = training_rows(panel, periods, settings.horizons, seed=seed)
    if not len(rows):
        raise SalesError(f"value: nothing to learn from up to period {panel.table.first + origin}")
    return {
        name: KINDS[name].fit(
            rows,
            seed=seed,
            start=start.get(name),
            **({"settings": settings.settings[name]} if name in settings.settings else {}),
        )
        for name in settings.members
    }


def _rows_since(panel: Panel, start: int, origin: int, *, settings: ForecastSettings, seed: int) -> DemandRows:
    """After column `start`, each from an origin so far before it as the horizons are."""
    periods = range(start + 1, origin + 1)
    return training_rows(panel, periods, settings.horizons, seed=seed, hidden_share=SCORED_HIDDEN)


def _score(members: Mapping[str, Member], rows: DemandRows, learned: Learned) -> Scored:
    return Scored(
        quantiles=np.stack([member.predict(rows) for member in members.values()]),
        actual=rows.target,
        family=learned.family(rows),
        newness=rows.newness,
        period=rows.panel.table.first + rows.period,
    )
